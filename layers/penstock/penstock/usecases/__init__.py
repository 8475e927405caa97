"""What Penstock does, one module a verb; every outside thing comes in as a port."""
