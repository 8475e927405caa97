"""Pure decisions: no AWS, no clock, no randomness."""
