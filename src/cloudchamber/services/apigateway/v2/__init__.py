"""Amazon API Gateway V2: HTTP and WebSocket APIs, and the connections of the latter."""
