"""The serving kinds: what SageMaker offers on each, and how a release of it is drawn."""
