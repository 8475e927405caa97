"""What one execution carries, waits for, returns and publishes."""
