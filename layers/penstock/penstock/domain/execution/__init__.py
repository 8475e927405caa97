"""What one execution carries, waits for and answers, and what it tells the world."""
