"""What of each kind of thing may be patched, as AWS's table of patch operations has it.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from __future__ import annotations

from cloudchamber.services.apigateway.errors import BadRequest
from cloudchamber.services.apigateway.rest.patch import Patcher, Path, boolean, integer, integer_or_none, number

_ANY, _PUT, _SET, _DROP, _IN_LIST = "add replace remove", "add replace", "replace", "replace remove", "add remove"


def _texts(*names: str) -> tuple[Path, ...]:
    return tuple(Path(f"/{name}", _SET) for name in names)


_PARAMETERS = Path("/requestParameters/{parameter}", _ANY, must_exist=True)
_FLAGS = Path("/requestParameters/{parameter}", _ANY, boolean, must_exist=True)
_RESPONSE_PARAMETERS = Path("/responseParameters/{parameter}", _ANY, must_exist=True)
_RESPONSE_FLAGS = Path("/responseParameters/{parameter}", _ANY, boolean, must_exist=True)
_RESPONSE_TEMPLATES = Path("/responseTemplates/{content_type}", _ANY)

ACCOUNT = Patcher(*_texts("cloudwatchRoleArn"), Path("/features", _IN_LIST, form="list"))
API_KEY = Patcher(
    *_texts("name", "description", "customerId"),
    Path("/enabled", _SET, boolean),
    Path("/stages", _IN_LIST, form="list", at=("stageKeys",)),
    Path("/labels", _IN_LIST, form="list"),
)
AUTHORIZER = Patcher(
    *_texts("name", "type", "authorizerUri", "identitySource", "authType"),
    Path("/authorizerCredentials", _DROP),
    Path("/identityValidationExpression", _DROP),
    Path("/authorizerResultTtlInSeconds", _DROP, integer),
    Path("/providerARNs", _IN_LIST, form="list"),
    Path("/providerARNs/{arn}", _IN_LIST, form="named"),
)
BASE_PATH_MAPPING = Patcher(
    Path("/basePath", _SET),
    Path("/basepath", _SET, at=("basePath",)),
    Path("/restapiId", _SET, at=("restApiId",)),
    Path("/restApiId", _SET),
    Path("/stage", _DROP),
)
CLIENT_CERTIFICATE = Patcher(*_texts("description"))
DEPLOYMENT = Patcher(*_texts("description"))
DOCUMENTATION_PART = Patcher(*_texts("properties"))
DOCUMENTATION_VERSION = Patcher(*_texts("description"))
DOMAIN_NAME = Patcher(
    *_texts("certificateName", "certificateArn", "regionalCertificateName", "regionalCertificateArn", "securityPolicy"),
    *_texts("policy", "routingMode", "ownershipVerificationCertificateArn", "endpointAccessMode"),
    Path("/endpointConfiguration/types/{type}", _ANY, form="named"),
    Path("/endpointConfiguration/ipAddressType", _SET),
    Path("/mutualTlsAuthentication/truststoreUri", _DROP),
    Path("/mutualTlsAuthentication/truststoreVersion", _DROP),
)
GATEWAY_RESPONSE = Patcher(
    Path("/statusCode", _ANY), Path("/responseParameters/{parameter}", _ANY), _RESPONSE_TEMPLATES
)
INTEGRATION = Patcher(
    *_texts("uri", "type", "cacheNamespace", "passthroughBehavior", "connectionType", "connectionId"),
    *_texts("responseTransferMode", "integrationTarget"),
    Path("/httpMethod", _SET),
    Path("/credentials", _DROP),
    Path("/contentHandling", _DROP),
    Path("/timeoutInMillis", _DROP, integer),
    Path("/cacheKeyParameters", _IN_LIST, form="list"),
    Path("/cacheKeyParameters/{parameter}", _ANY, form="named"),
    Path("/requestTemplates/{content_type}", _ANY),
    Path("/tlsConfig/insecureSkipVerification", _DROP, boolean),
    _PARAMETERS,
)
INTEGRATION_RESPONSE = Patcher(
    Path("/contentHandling", _DROP), Path("/selectionPattern", _DROP), _RESPONSE_PARAMETERS, _RESPONSE_TEMPLATES
)
METHOD = Patcher(
    *_texts("authorizationType", "operationName"),
    Path("/authorizerId", _DROP),
    Path("/requestValidatorId", _DROP),
    Path("/apiKeyRequired", _SET, boolean),
    Path("/authorizationScopes", _IN_LIST, form="list"),
    Path("/authorizationScopes/{scope}", _ANY, form="named"),
    Path("/requestModels/{content_type}", _ANY),
    _FLAGS,
)
METHOD_RESPONSE = Patcher(Path("/responseModels/{content_type}", _ANY), _RESPONSE_FLAGS)
MODEL = Patcher(*_texts("description", "schema"))
REQUEST_VALIDATOR = Patcher(
    *_texts("name"),
    Path("/validateRequestBody", _SET, boolean),
    Path("/validateRequestParameters", _SET, boolean),
)
RESOURCE = Patcher(*_texts("parentId", "pathPart"))
REST_API = Patcher(
    *_texts("name", "description", "apiKeySource", "policy", "securityPolicy", "endpointAccessMode"),
    Path("/minimumCompressionSize", _DROP, integer_or_none),
    Path("/disableExecuteApiEndpoint", _SET, boolean),
    Path("/binaryMediaTypes/{media_type}", _ANY, form="named"),
    Path("/endpointConfiguration/types/{type}", _ANY, form="named"),
    Path("/endpointConfiguration/vpcEndpointIds", _IN_LIST, form="list"),
    Path("/endpointConfiguration/ipAddressType", _SET),
)
USAGE = Patcher(Path("/remaining", _SET, integer))
_OF_STAGE = "/apiStages/<apidId:stageName>/throttle"  # spelled as AWS's refusals spell it


def api_stage(value: str) -> str:
    """`api:stage`; what comes after a second colon is nothing to AWS."""
    parts = value.split(":")
    if len(parts) < 2:
        raise BadRequest("Invalid API Stage specified")
    return f"{parts[0]}:{parts[1]}"


USAGE_PLAN = Patcher(
    *_texts("name", "description"),
    Path("/apiStages", _IN_LIST, api_stage, form="list"),
    Path("/quota", "remove"),
    Path("/quota/limit", _PUT, integer),
    Path("/quota/offset", _PUT, integer),
    Path("/quota/period", _PUT),
    Path("/throttle", "remove"),
    Path("/throttle/rateLimit", _PUT, number),
    Path("/throttle/burstLimit", _PUT, integer),
    Path("/productCode", _ANY),
    Path(f"{_OF_STAGE}/<resourcePath>/<httpMethod>", "remove", at=("throttles", "{}", "{}/{}")),
    Path(_OF_STAGE, "remove", at=("throttles", "{}")),
    Path(
        f"{_OF_STAGE}/<resourcePath>/<httpMethod>/rateLimit", _PUT, number, at=("throttles", "{}", "{}/{}", "rateLimit")
    ),
    Path(
        f"{_OF_STAGE}/<resourcePath>/<httpMethod>/burstLimit", _PUT, integer,
        at=("throttles", "{}", "{}/{}", "burstLimit"),
    ),
)  # fmt: skip
VPC_LINK = Patcher(*_texts("name", "description"))

# How a stage's settings for a method are spelled in a path, the member they are, and what reads them.
METHOD_SETTINGS = (
    ("metrics/enabled", "metricsEnabled", boolean),
    ("logging/dataTrace", "dataTraceEnabled", boolean),
    ("logging/loglevel", "loggingLevel", str),
    ("throttling/burstLimit", "throttlingBurstLimit", integer),
    ("throttling/rateLimit", "throttlingRateLimit", number),
    ("caching/ttlInSeconds", "cacheTtlInSeconds", integer),
    ("caching/enabled", "cachingEnabled", boolean),
    ("caching/dataEncrypted", "cacheDataEncrypted", boolean),
    ("caching/requireAuthorizationForCacheControl", "requireAuthorizationForCacheControl", boolean),
    ("caching/unauthorizedCacheControlHeaderStrategy", "unauthorizedCacheControlHeaderStrategy", str),
)
STAGE = Patcher(
    Path("/deploymentId", "replace copy"),
    *_texts("description", "documentationVersion"),
    Path("/cacheClusterEnabled", _SET, boolean),
    Path("/cacheClusterSize", _SET),
    Path("/clientCertificateId", _DROP),
    Path("/tracingEnabled", _SET, boolean),
    Path("/accessLogSettings", "remove"),
    Path("/accessLogSettings/destinationArn", _ANY),
    Path("/accessLogSettings/format", _ANY),
    Path("/variables", "copy"),
    Path("/variables/{variable_name}", "add replace remove copy"),
    Path("/canarySettings", "remove"),
    Path("/canarySettings/deploymentId", _PUT),
    Path("/canarySettings/percentTraffic", _PUT, number),
    Path("/canarySettings/useStageCache", _PUT, boolean),
    Path("/canarySettings/stageVariableOverrides/{variable_name}", _ANY),
    *(
        Path(
            f"/{{resourcePath}}/{{httpMethod}}/{spelled}", _SET, read, at=("methodSettings", "{}/{}", member), raw=True
        )
        for spelled, member, read in METHOD_SETTINGS
    ),
    Path("/{resourcePath}/{httpMethod}", "remove", at=("methodSettings", "{}/{}"), raw=True),
)
