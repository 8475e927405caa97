"""Captured answers: what SageMaker wrote of them, which belong together, and which agree."""
