"""IAM and KMS: which call is allowed to whom."""
