"""Penstock meters traffic onto new machine-learning models on Amazon SageMaker."""
