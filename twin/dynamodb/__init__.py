"""DynamoDB: what a ledger needs of it and moto lacks."""
