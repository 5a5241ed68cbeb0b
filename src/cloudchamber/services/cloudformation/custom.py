"""Custom resources: a function or a topic is asked to make, change or remove something, and answers to a URL.

The question and its URL are a row (`Callback`), so a restart waits on for the answer, or asks again if it had not been
asked. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.resource_types import Desired, Made, Properties
from cloudchamber.services.cloudformation import dynamic, limits
from cloudchamber.services.cloudformation.errors import ResourceFailed
from cloudchamber.services.cloudformation.own_type import OwnType
from cloudchamber.services.cloudformation.records import Callback, StackResource

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

PATH = "/_cloudformation/callback/"
UNANSWERED = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [{0}]. "
    "If you are using the Python cfn-response module, you may need to update your Lambda function code so that "
    "CloudFormation can attach the updated version."
)


class CustomResource(OwnType):
    async def make(self, ctx: Context, desired: Desired, row: StackResource) -> Made:
        answer = await self._ask(ctx, row, "Create", desired.properties)
        physical_id = answer.get("PhysicalResourceId") or row.name
        return Made(str(physical_id), _data(answer))

    async def alter(self, ctx: Context, desired: Desired, row: StackResource, previous: Properties) -> Made:
        more = {"PhysicalResourceId": row.physical_id, "OldResourceProperties": _texts(previous)}
        answer = await self._ask(ctx, row, "Update", desired.properties, more)
        return Made(str(answer.get("PhysicalResourceId") or row.physical_id), _data(answer))

    async def remove(self, ctx: Context, row: StackResource) -> None:
        if row.physical_id:
            live = await dynamic.resolved(ctx, row.properties)
            await self._ask(ctx, row, "Delete", live, {"PhysicalResourceId": row.physical_id})

    async def _ask(
        self, ctx: Context, row: StackResource, verb: str, properties: Properties,
        more: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """The answer to a request, once there is one. ResourceFailed for a failure, or for none in time."""
        target = properties.get("ServiceToken")
        if not isinstance(target, str) or not target.startswith("arn:"):
            raise ResourceFailed("Invalid service token.")
        callback = self._callback(row, verb, properties)
        if not callback.sent:
            await self._send(ctx, target, self._request(row, verb, properties, callback) | dict(more or {}))
            callback = self.engine.store.callbacks.put(replace(callback, sent=True))
        try:
            answer = await self._answer(callback)
        finally:
            self.engine.store.callbacks.delete(callback.token)
        if answer.get("Status") != "SUCCESS":
            reason = answer.get("Reason") or "See the details in CloudWatch Log Stream"
            made = {"PhysicalResourceId": str(answer["PhysicalResourceId"])} if answer.get("PhysicalResourceId") else {}
            raise ResourceFailed(
                f"Received response status [FAILED] from custom resource. Message returned: {reason} "
                f"(RequestId: {callback.request_id})",
                members=made,
            )
        return answer

    def _callback(self, row: StackResource, verb: str, properties: Properties) -> Callback:
        """The one that a killed process asked for, or a new one."""
        kind = f"custom:{verb}:{row.physical_id}"
        for found in self.engine.store.callbacks.where(stack_id=row.stack_id, logical_id=row.logical_id):
            if found.kind == kind:
                return found
        seconds = limits.CUSTOM_RESOURCE_SECONDS
        wanted = str(properties.get("ServiceTimeout") or "")
        if wanted.isdigit():
            seconds = min(max(int(wanted), 1), limits.CUSTOM_RESOURCE_SECONDS)
        expires_at = self.engine.clock.now() + seconds
        made = Callback(ids.token(), row.stack_id, row.logical_id, kind, expires_at, ids.uuid())
        return self.engine.store.callbacks.put(made)

    def _request(self, row: StackResource, verb: str, properties: Properties, callback: Callback) -> dict[str, Any]:
        return {
            "RequestType": verb,
            "ServiceToken": properties["ServiceToken"],
            "ResponseURL": f"{self.engine.platform.endpoint}{PATH}{callback.token}",
            "StackId": row.stack_id,
            "RequestId": callback.request_id,
            "LogicalResourceId": row.logical_id,
            "ResourceType": row.type,
            "ResourceProperties": _texts(properties),
        }

    @staticmethod
    async def _send(ctx: Context, target: str, request: dict[str, Any]) -> None:
        body = orjson.dumps(request)
        if target.split(":")[2] == "sns":
            subject = "AWS CloudFormation custom resource request"
            await ctx.call("sns:Publish", TopicArn=target, Message=body.decode(), Subject=subject)
        else:
            await ctx.call("lambda:Invoke", FunctionName=target, InvocationType="Event", Payload=body)

    async def _answer(self, callback: Callback) -> dict[str, Any]:
        engine = self.engine
        while True:
            found = engine.store.callbacks.get(callback.token)
            if found is not None and found.answers:
                return found.answers[-1]
            if engine.stopped_by(callback.stack_id) is not None:
                raise ResourceFailed("Resource creation cancelled")
            if not await engine.wait(callback.token, callback.expires_at, callback.stack_id):
                raise ResourceFailed(UNANSWERED.format(callback.request_id))


def _data(answer: Mapping[str, Any]) -> dict[str, Any]:
    found = answer.get("Data")
    return dict(found) if isinstance(found, Mapping) else {}


def _texts(value: Any) -> Any:
    """Properties as a custom resource gets them: every number and truth is text."""
    if isinstance(value, Mapping):
        return {name: _texts(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
