"""Dynamic references: `{{resolve:ssm:…}}`, `{{resolve:ssm-secure:…}}` and `{{resolve:secretsmanager:…}}` in properties.

They are resolved when a resource is made or changed, and only the reference is kept with the stack.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.services.cloudformation.errors import ResourceFailed

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")


def is_in(value: Any) -> bool:
    if isinstance(value, str):
        return "{{resolve:" in value
    if isinstance(value, Mapping):
        return any(map(is_in, value.values()))
    return isinstance(value, list) and any(map(is_in, value))


async def resolved(ctx: Context, value: Any) -> Any:
    """A value with its dynamic references resolved, as the stack's principal may. ResourceFailed."""
    return await _resolve(ctx, value) if is_in(value) else value


async def _resolve(ctx: Context, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: await _resolve(ctx, item) for name, item in value.items()}
    if isinstance(value, list):
        return [await _resolve(ctx, item) for item in value]
    if not isinstance(value, str):
        return value
    made, end = [], 0
    for found in _REFERENCE.finditer(value):
        made += [value[end : found.start()], await _value(ctx, found[1], found[2])]
        end = found.end()
    return "".join([*made, value[end:]])


async def _value(ctx: Context, service: str, key: str) -> str:
    try:
        if service == "secretsmanager":
            return await _secret(ctx, key)
        answer = await ctx.call("ssm:GetParameter", Name=key, WithDecryption=service == "ssm-secure")
    except AwsError as error:
        raise ResourceFailed(f"Could not resolve dynamic reference {service}:{key}: {error.message}") from None
    found = answer["Parameter"]
    if (found["Type"] == "SecureString") != (service == "ssm-secure"):
        wanted = "SecureString" if service == "ssm-secure" else "String or StringList"
        raise ResourceFailed(f"Non-{wanted} parameter {key} referenced with {{{{resolve:{service}:…}}}}")
    return str(found["Value"])


async def _secret(ctx: Context, key: str) -> str:
    """`secret-id:SecretString:json-key:version-stage:version-id`; the id may be an ARN, which has colons itself."""
    size = 7 if key.startswith("arn:") else 1
    parts = key.split(":")
    secret, rest = ":".join(parts[:size]), [*parts[size:], "", "", "", ""]
    kind, json_key, stage, version = rest[:4]
    if kind not in ("", "SecretString"):
        raise ResourceFailed(f"The dynamic reference secretsmanager:{key} asks for {kind}, which is not SecretString")
    request = {"SecretId": secret} | ({"VersionStage": stage} if stage else {})
    request |= {"VersionId": version} if version else {}
    text = (await ctx.call("secretsmanager:GetSecretValue", **_members(request))).get("SecretString")
    if text is None:
        raise ResourceFailed(f"Secret {secret} has no SecretString")
    if not json_key:
        return str(text)
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or json_key not in found:
        raise ResourceFailed(f"Could not find a value associated with JSONKey in SecretString ({json_key})")
    value = found[json_key]
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _members(request: dict[str, str]) -> dict[str, Any]:
    return dict(request)
