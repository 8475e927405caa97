"""Agreement: how often two models answer the same request differently."""
