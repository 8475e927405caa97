"""How an end is written, and who is told."""
