"""One adapter per serving kind, all with the same verbs."""
