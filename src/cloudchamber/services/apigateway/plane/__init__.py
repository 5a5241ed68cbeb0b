"""API Gateway's data plane: what happens to a request that a client sends to an API."""
