"""Where bytes come in: HTTP, WebSocket and TLS on one port, signatures, routing to the AWS road or a data plane."""
