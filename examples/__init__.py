"""What Penstock looks like in use: a model to release, and a demo that releases it."""
