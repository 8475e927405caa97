"""From a policy, a package and an endpoint to a plan: its stages and their requests."""
