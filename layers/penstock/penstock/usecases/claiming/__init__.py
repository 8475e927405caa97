"""From a request to the claim of an endpoint."""
