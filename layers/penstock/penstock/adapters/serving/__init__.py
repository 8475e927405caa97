"""One adapter a serving kind, all with the same verbs."""
