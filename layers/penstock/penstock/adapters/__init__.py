"""The ports on AWS, one module a port; clients are passed in."""
