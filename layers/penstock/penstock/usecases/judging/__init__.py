"""Watching a share and judging it."""
