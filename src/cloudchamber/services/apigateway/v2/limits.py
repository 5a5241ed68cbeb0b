"""Quotas of HTTP and WebSocket APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

APIS_MAX = 600
ROUTES_MAX = 300
INTEGRATIONS_MAX = 300
STAGES_MAX = 10
AUTHORIZERS_MAX = 10
SCOPES_MAX = 10
AUDIENCES_MAX = 50
VPC_LINKS_MAX = 10
TAGS_MAX = 50
PAGE = 25
PAGE_MAX = 500
DEFINITION_BYTES_MAX = 6 * 1024 * 1024

PAYLOAD_BYTES_MAX = 10 * 1024 * 1024
HEADERS_BYTES_MAX = 10_240
HTTP_TIMEOUT_MS = 30_000
WEBSOCKET_TIMEOUT_MS = 29_000
RATE_PER_SECOND, BURST = 10_000.0, 5_000  # of an account in a region

MESSAGE_BYTES_MAX = 128 * 1024
FRAME_BYTES_MAX = 32 * 1024
IDLE_SECONDS_MAX = 600.0
CONNECTION_SECONDS_MAX = 7200.0
