"""Reviews of packages by their policies."""
