"""Amazon API Gateway V2: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/

Operations by subject: `apis.py`, `importing.py`, `routes.py`, `integrations.py`, `authorizers.py`, `models.py`,
`stages.py`, `vpc_links.py`, `domains.py`, `tagging.py`. Requests of clients: `http_calls.py`, `websocket_calls.py`.
"""

from __future__ import annotations

from cloudchamber.services.apigateway.v2.authorizers import Authorizers
from cloudchamber.services.apigateway.v2.domains import Domains
from cloudchamber.services.apigateway.v2.importing import Importing
from cloudchamber.services.apigateway.v2.integrations import Integrations
from cloudchamber.services.apigateway.v2.models import Models
from cloudchamber.services.apigateway.v2.routes import Routes
from cloudchamber.services.apigateway.v2.stages import Stages
from cloudchamber.services.apigateway.v2.tagging import Tags
from cloudchamber.services.apigateway.v2.vpc_links import VpcLinks
from cloudchamber.services.apigateway.v2.websocket_calls import WebSocketCalls


class ApiGatewayV2(
    Importing, Routes, Integrations, Authorizers, Models, Stages, VpcLinks, Domains, Tags, WebSocketCalls
):
    """The service."""
