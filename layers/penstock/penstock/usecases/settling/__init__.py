"""The end of a release: what it leaves behind is deleted."""
