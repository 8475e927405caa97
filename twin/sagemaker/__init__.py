"""SageMaker: models, endpoints, the registry, and the traffic on endpoints."""
