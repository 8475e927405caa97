"""Lambda: runs the handlers of functions."""
