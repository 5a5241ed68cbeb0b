"""Transforms: what is done to a template before it is deployed, by AWS's own macros or by functions of users.

A transform of a part (`Fn::Transform`) is done from the inside out, those of the whole then in the order in which they
are listed. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.services.cloudformation import limits
from cloudchamber.services.cloudformation.errors import ValidationError
from cloudchamber.services.cloudformation.extensions import write_out
from cloudchamber.services.cloudformation.functions import evaluate
from cloudchamber.services.cloudformation.scope import EarlyScope, effective
from cloudchamber.services.cloudformation.source import is_too_deep, parse
from cloudchamber.services.cloudformation.template import LANGUAGE_EXTENSIONS, Template

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudformation.records import Stack
    from cloudchamber.services.cloudformation.store import CloudFormationStore

INCLUDE = "AWS::Include"
SERVERLESS = "AWS::Serverless-2016-10-31"
_SERVERLESS_MODULE = "cloudchamber.services.cloudformation.sam"


class TransformFailed(ValidationError):
    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Transform {name} failed with: {reason}")


@dataclass(frozen=True, slots=True)
class Transforms:
    """The transforms of one template, for one stack."""

    ctx: Context
    store: CloudFormationStore
    stack: Stack

    async def apply(self, raw: dict[str, Any]) -> dict[str, Any]:
        """The processed template. ValidationError as AWS words it."""
        listed = raw.get("Transform") or []
        wanted = listed if isinstance(listed, list) else [listed]
        template: dict[str, Any] = await self._parts(raw)
        template.pop("Transform", None)
        _listed([each for each in wanted if not isinstance(each, str)])
        for each in wanted:
            name, parameters = (each, {}) if isinstance(each, str) else (each["Name"], each.get("Parameters") or {})
            template = await self._whole(name, parameters, template)
        if LANGUAGE_EXTENSIONS in wanted:
            template["Transform"] = [LANGUAGE_EXTENSIONS]  # its functions are carried out when resources are made
        return template

    async def _whole(self, name: str, parameters: Mapping[str, Any], template: dict[str, Any]) -> dict[str, Any]:
        if name == LANGUAGE_EXTENSIONS:
            return write_out(template, EarlyScope(Template({**template, "Transform": [name]}), self.stack))
        if name == INCLUDE:
            return {**template, **await self._included(parameters)}
        if name == SERVERLESS:
            return await self._serverless(template)
        fragment = await self._macro(name, parameters, template)
        if not isinstance(fragment, dict):
            raise TransformFailed(self._title(name), "the fragment is no template")
        made: dict[str, Any] = await self._parts(fragment)
        return made

    async def _serverless(self, template: dict[str, Any]) -> dict[str, Any]:
        try:
            transform = import_module(_SERVERLESS_MODULE).transform
        except (ImportError, AttributeError):
            raise ValidationError(f"No transform named {SERVERLESS} found.") from None
        made: dict[str, Any] = await transform(self.ctx, template, effective(self.stack.parameters))
        made.pop("Transform", None)
        return made

    async def _parts(self, value: Any) -> Any:
        """A part with the transforms inside it done."""
        if isinstance(value, list):
            return [await self._parts(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        made = {name: await self._parts(item) for name, item in value.items() if name != "Fn::Transform"}
        for each in _listed(value.get("Fn::Transform")):
            name, parameters = each["Name"], each.get("Parameters") or {}
            if name == INCLUDE:
                made |= await self._included(parameters)
                continue
            fragment = await self._macro(name, parameters, made)
            if not isinstance(fragment, dict):
                return fragment
            made = await self._parts(fragment)
        return made

    async def _included(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        scope = EarlyScope(Template({"Parameters": {}}), self.stack)
        location = parameters.get("Location")
        if isinstance(location, Mapping):
            location = evaluate(location, _Parameters(scope, effective(self.stack.parameters)))
        if not isinstance(location, str) or not location.startswith("s3://"):
            raise TransformFailed(INCLUDE, f"The location parameter is not a valid S3 uri: {location}")
        bucket, _, key = location[5:].partition("/")
        try:
            text = (await read_object(self.ctx, bucket, key)).decode(errors="replace")
        except AwsError as error:
            raise TransformFailed(INCLUDE, f"S3 bucket [{bucket}] key [{key}]: {error.message}") from None
        found: dict[str, Any] = await self._parts(parse(text))
        return found

    def _title(self, name: str) -> str:
        return f"{self.stack.account}::{name}"

    async def _macro(self, name: str, parameters: Mapping[str, Any], fragment: Any) -> Any:
        macro = self.store.macros.get(self.stack.account, self.stack.region, name)
        if macro is None:
            title = name if name.startswith("AWS::") else self._title(name)
            raise ValidationError(f"No transform named {title} found.")
        scope = _Parameters(EarlyScope(Template({}), self.stack), effective(self.stack.parameters))
        event = {
            "region": self.stack.region, "accountId": self.stack.account, "fragment": fragment,
            "transformId": self._title(name), "params": evaluate(parameters, scope), "requestId": ids.uuid(),
            "templateParameterValues": effective(self.stack.parameters),
        }  # fmt: skip
        try:
            answer = await self.ctx.call("lambda:Invoke", FunctionName=macro.function, Payload=orjson.dumps(event))
            payload = orjson.loads(answer["Payload"] or b"null")
        except AwsError as error:
            raise TransformFailed(self._title(name), error.message) from None
        except orjson.JSONDecodeError:
            payload = None
        if answer.get("FunctionError") or not isinstance(payload, dict):
            reason = payload.get("errorMessage") if isinstance(payload, dict) else None
            raise TransformFailed(self._title(name), f"{reason}" if reason else "the function failed")
        if str(payload.get("status", "")).lower() != "success":
            reason = payload.get("errorMessage")
            if reason:
                raise TransformFailed(self._title(name), str(reason))
            raise ValidationError(f"Transform {self._title(name)} failed without an error message.")
        if payload.get("requestId") != event["requestId"]:
            raise TransformFailed(self._title(name), "the response has another requestId than the request")
        if is_too_deep(payload.get("fragment")):
            raise TransformFailed(self._title(name), "the fragment is nested too deeply")
        return payload.get("fragment")


class _Parameters:
    """A scope that only knows parameters."""

    in_condition = False
    extended = False

    def __init__(self, inner: EarlyScope, values: Mapping[str, str]) -> None:
        self._inner = inner
        self._values = values

    def reference(self, name: str) -> Any:
        return self._values[name] if name in self._values else self._inner.reference(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _listed(found: Any) -> list[Mapping[str, Any]]:
    if found is None:
        return []
    listed = found if isinstance(found, list) else [found]
    if not all(isinstance(each, Mapping) and isinstance(each.get("Name"), str) for each in listed):
        raise ValidationError("Template format error: Fn::Transform needs a Name and may have Parameters")
    return listed


async def read_object(ctx: Context, bucket: str, key: str) -> bytes:
    """An object of S3, as the caller may read it. AwsError as S3 gives it; ValidationError for too large a one."""
    body = (await ctx.call("s3:GetObject", Bucket=bucket, Key=key))["Body"]
    if isinstance(body, bytes):
        return body
    pieces, size = [], 0
    async for piece in body:
        pieces.append(bytes(piece))
        size += len(piece)
        if size > limits.TEMPLATE_URL_BYTES_MAX:
            raise ValidationError(f"Template may not exceed {limits.TEMPLATE_URL_BYTES_MAX} bytes in size.")
    return b"".join(pieces)
