"""Step Functions: moto corrected where it differs from AWS."""
