"""From a claim to a plan."""
