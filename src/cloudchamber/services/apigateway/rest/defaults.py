"""What an API has before anything is made in it: two models, and a gateway response for every type there is.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

from typing import Any

TEMPLATE = {"application/json": '{"message":$context.error.messageString}'}
STATUS: dict[str, str] = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "DEFAULT_4XX": "",
    "DEFAULT_5XX": "",
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}


def gateway_response(kind: str) -> dict[str, Any]:
    status = {"statusCode": STATUS[kind]} if STATUS[kind] else {}
    return {"responseType": kind, **status, "responseParameters": {}, "responseTemplates": TEMPLATE,
            "defaultResponse": True}  # fmt: skip


_SCHEMA = '"$schema": "http://json-schema.org/draft-04/schema#"'
MODELS: dict[str, dict[str, Any]] = {
    "Empty": {
        "name": "Empty",
        "description": "This is a default empty schema model",
        "schema": f'{{\n  {_SCHEMA},\n  "title" : "Empty Schema",\n  "type" : "object"\n}}',
        "contentType": "application/json",
    },
    "Error": {
        "name": "Error",
        "description": "This is a default error schema model",
        "schema": f'{{\n  {_SCHEMA},\n  "title" : "Error Schema",\n  "type" : "object",\n'
        '  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}',
        "contentType": "application/json",
    },
}
