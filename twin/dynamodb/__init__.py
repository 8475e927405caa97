"""DynamoDB: features that the ledger needs and moto lacks."""
