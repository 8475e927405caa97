"""The review: a package's reports against the bars of its policy."""
