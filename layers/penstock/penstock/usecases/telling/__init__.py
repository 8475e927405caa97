"""Writing the end of a release, and publishing it."""
