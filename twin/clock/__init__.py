"""Simulated time, and waits that follow it."""
