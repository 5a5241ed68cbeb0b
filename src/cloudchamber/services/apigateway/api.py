"""Amazon API Gateway, REST APIs: https://docs.aws.amazon.com/apigateway/latest/api/

Operations by subject, one module each.
"""

from __future__ import annotations

from cloudchamber.services.apigateway.account import Account
from cloudchamber.services.apigateway.api_models import Models, RequestValidators
from cloudchamber.services.apigateway.authorizers import Authorizers
from cloudchamber.services.apigateway.deployments import Deployments
from cloudchamber.services.apigateway.domains import Domains
from cloudchamber.services.apigateway.exporting import Exporting
from cloudchamber.services.apigateway.gateway_responses import GatewayResponses
from cloudchamber.services.apigateway.importing import Importing
from cloudchamber.services.apigateway.plans import Plans
from cloudchamber.services.apigateway.resources_tree import Resources
from cloudchamber.services.apigateway.tags import Tags
from cloudchamber.services.apigateway.trying import Trying


class ApiGateway(
    Importing, Deployments, Exporting, Resources, Authorizers, Models, RequestValidators, GatewayResponses, Plans,
    Domains, Account, Tags, Trying,
):  # fmt: skip
    """The service."""
