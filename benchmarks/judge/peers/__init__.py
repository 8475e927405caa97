"""Four rules of other tools, reimplemented from their documentation and source."""
