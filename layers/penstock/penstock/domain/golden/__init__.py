"""Golden requests: recorded requests with their expected answers, which a candidate has to pass."""
