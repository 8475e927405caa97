"""Sources of evidence, one file per source."""
