"""Serving kinds: what each publishes of the requests that it serves."""
