"""IAM and KMS: decides which calls are allowed."""
