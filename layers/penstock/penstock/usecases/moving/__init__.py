"""Every step on the endpoint, forward and back."""
