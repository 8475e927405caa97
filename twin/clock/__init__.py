"""Simulated time, and every wait that follows it."""
