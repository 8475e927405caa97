"""SageMaker: models, endpoints, the registry, and the traffic that endpoints serve."""
