"""The ports implemented on AWS, one module per port. Clients are passed in."""
