"""What the ledger keeps of an endpoint."""
