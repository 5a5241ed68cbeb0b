"""Amazon API Gateway: REST APIs here, their data plane in `plane/`, HTTP and WebSocket APIs in `v2/`."""
