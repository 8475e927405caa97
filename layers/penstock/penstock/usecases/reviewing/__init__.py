"""Reviews: a pending package is judged by its policy."""
