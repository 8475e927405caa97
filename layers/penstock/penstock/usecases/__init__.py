"""The use cases, one module per verb. Everything outside is behind a port."""
