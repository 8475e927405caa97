"""The goal of an experiment: whether the mean of an outcome differs between candidate and live."""
