"""Lambda: handlers that really run."""
