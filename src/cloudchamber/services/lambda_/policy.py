"""What Lambda's operations ask IAM: the action, the function's ARN, the condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check, Request, Rule, on
from cloudchamber.services.lambda_ import names
from cloudchamber.services.lambda_.errors import InvalidParameterValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context


def _function(ctx: Context, request: Request) -> str:
    try:
        return names.parse(ctx, request.get("FunctionName") or "x").arn
    except InvalidParameterValue:
        return "*"


def _qualified(ctx: Context, request: Request) -> str:
    try:
        return names.parse(ctx, request.get("FunctionName") or "x", request.get("Qualifier")).qualified_arn
    except InvalidParameterValue:
        return "*"


def _layer(ctx: Context, request: Request) -> str:
    """`LayerName` is a name or an ARN."""
    name = request.get("LayerName") or "x"
    base = name if name.startswith("arn:") else f"arn:aws:lambda:{ctx.region}:{ctx.account}:layer:{name}"
    return f"{base}:{request['VersionNumber']}" if "VersionNumber" in request else base


def _signing(ctx: Context, request: Request) -> str:
    return str(request.get("CodeSigningConfigArn") or "*")


def _tags(ctx: Context, request: Request) -> dict[str, Any]:
    tags = request.get("Tags") or {}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    listed = list(tags) or list(request.get("TagKeys") or ())
    if listed:
        keys["aws:TagKeys"] = listed
    return keys


def _passed(request: Request) -> Iterator[Check]:
    """A role is handed to Lambda; layers are read."""
    if request.get("Role"):
        yield Check("iam:PassRole", request["Role"], {"iam:PassedToService": "lambda.amazonaws.com"})
    for layer in request.get("Layers") or ():
        yield Check("lambda:GetLayerVersion", layer)


def _configured(request: Request) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    vpc = request.get("VpcConfig") or {}
    if vpc.get("SubnetIds"):
        keys["lambda:SubnetIds"] = list(vpc["SubnetIds"])
        keys["lambda:SecurityGroupIds"] = list(vpc.get("SecurityGroupIds") or ())
    if request.get("Layers"):
        keys["lambda:Layer"] = list(request["Layers"])
    return keys


def _creates(ctx: Context, request: Request) -> Iterator[Check]:
    arn, tags = _function(ctx, request), _tags(ctx, request)
    yield Check("lambda:CreateFunction", arn, {**tags, **_configured(request)})
    if tags:
        yield Check("lambda:TagResource", arn, tags)
    yield from _passed(request)


def _reconfigures(ctx: Context, request: Request) -> Iterator[Check]:
    yield Check("lambda:UpdateFunctionConfiguration", _function(ctx, request), _configured(request))
    yield from _passed(request)


def _permits(ctx: Context, request: Request) -> dict[str, Any]:
    keys = {"lambda:Principal": request.get("Principal") or ""}
    if request.get("FunctionUrlAuthType"):
        keys["lambda:FunctionUrlAuthType"] = request["FunctionUrlAuthType"]
    return keys


def _url_keys(ctx: Context, request: Request) -> dict[str, Any]:
    return {"lambda:FunctionUrlAuthType": request["AuthType"]} if request.get("AuthType") else {}


def _resource(ctx: Context, request: Request) -> str:
    return str(request.get("Resource") or "*")


def _mapping(ctx: Context, request: Request) -> str:
    return f"arn:aws:lambda:{ctx.region}:{ctx.account}:event-source-mapping:{request.get('UUID') or '*'}"


def _mapping_keys(ctx: Context, request: Request) -> dict[str, Any]:
    return {"lambda:FunctionArn": _qualified(ctx, request)} if request.get("FunctionName") else {}


def _by_arn(ctx: Context, request: Request) -> str:
    return str(request.get("Arn") or "*")


_OF_FUNCTION = (
    "CreateAlias", "DeleteAlias", "DeleteFunctionConcurrency", "DeleteFunctionCodeSigningConfig", "GetAlias",
    "GetFunctionCodeSigningConfig", "GetFunctionConcurrency", "GetFunctionRecursionConfig", "InvokeAsync",
    "ListAliases", "ListFunctionEventInvokeConfigs", "ListFunctionUrlConfigs", "ListProvisionedConcurrencyConfigs",
    "ListVersionsByFunction", "PublishVersion", "PutFunctionCodeSigningConfig", "PutFunctionConcurrency",
    "PutFunctionRecursionConfig", "UpdateAlias", "UpdateFunctionCode",
)  # fmt: skip
_OF_QUALIFIED = (
    "DeleteFunction", "DeleteFunctionEventInvokeConfig", "DeleteProvisionedConcurrencyConfig", "GetFunction",
    "GetFunctionConfiguration", "GetFunctionEventInvokeConfig", "GetPolicy", "GetProvisionedConcurrencyConfig",
    "GetRuntimeManagementConfig", "PutFunctionEventInvokeConfig", "PutProvisionedConcurrencyConfig",
    "PutRuntimeManagementConfig", "RemovePermission", "UpdateFunctionEventInvokeConfig",
)  # fmt: skip
_OF_URL = ("CreateFunctionUrlConfig", "DeleteFunctionUrlConfig", "GetFunctionUrlConfig", "UpdateFunctionUrlConfig")
_OF_LAYER = ("AddLayerVersionPermission", "DeleteLayerVersion", "GetLayerVersion", "GetLayerVersionPolicy",
             "PublishLayerVersion", "RemoveLayerVersionPermission")  # fmt: skip
_OF_SIGNING = ("DeleteCodeSigningConfig", "GetCodeSigningConfig", "ListFunctionsByCodeSigningConfig",
               "UpdateCodeSigningConfig")  # fmt: skip

RULES: Mapping[str, Rule] = {
    **{name: on(_function, f"lambda:{name}") for name in _OF_FUNCTION},
    **{name: on(_qualified, f"lambda:{name}") for name in _OF_QUALIFIED},
    **{name: on(_qualified, f"lambda:{name}", _url_keys) for name in _OF_URL},
    **{name: on(_layer, f"lambda:{name}") for name in _OF_LAYER},
    **{name: on(_signing, f"lambda:{name}") for name in _OF_SIGNING},
    **{name: on(_mapping, f"lambda:{name}", _mapping_keys) for name in (
        "DeleteEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping")},
    "CreateEventSourceMapping": lambda ctx, request: (
        Check("lambda:CreateEventSourceMapping", "*", _mapping_keys(ctx, request)),),
    "CreateFunction": _creates,
    "UpdateFunctionConfiguration": _reconfigures,
    "AddPermission": on(_qualified, "lambda:AddPermission", _permits),
    "Invoke": on(_qualified, "lambda:InvokeFunction"),
    "InvokeWithResponseStream": on(_qualified, "lambda:InvokeFunction"),
    "GetLayerVersionByArn": on(_by_arn, "lambda:GetLayerVersion"),
    "ListLayerVersions": lambda ctx, request: (Check("lambda:ListLayerVersions", "*"),),
    "ListTags": on(_resource, "lambda:ListTags"),
    "TagResource": on(_resource, "lambda:TagResource", _tags),
    "UntagResource": on(_resource, "lambda:UntagResource", _tags),
    "invoke_url": on(_qualified, "lambda:InvokeFunctionUrl", _url_keys),
}  # fmt: skip
