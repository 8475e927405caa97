"""Four rules that others use, from their documentation and source, in our own words."""
