"""What speaks for or against a candidate: one file a source."""
