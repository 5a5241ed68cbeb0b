"""Nested stacks: a stack as a resource of another, which waits for it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties, tags_of, text_of
from cloudchamber.services.cloudformation.errors import ResourceFailed
from cloudchamber.services.cloudformation.own_type import OwnType

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudformation.records import Stack, StackResource

NOTHING_TO_DO = "No updates are to be performed."


class NestedStack(OwnType):
    async def make(self, ctx: Context, desired: Desired, row: StackResource) -> Made:
        store, parent = self.engine.store, self._parent(row)
        child = store.live(parent.account, parent.region, row.name)
        if child is None:
            request = {
                **self._request(desired, parent),
                "OnFailure": "DO_NOTHING",
                "EnableTerminationProtection": False,
            }
            if desired.properties.get("TimeoutInMinutes"):
                request["TimeoutInMinutes"] = int(desired.properties["TimeoutInMinutes"])
            made = await ctx.call("cloudformation:CreateStack", source_arn=parent.id, StackName=row.name, **request)
            stack_id = made["StackId"]
        else:
            stack_id = child.id
        ended = await self._ended(stack_id, parent)
        if ended.status != "CREATE_COMPLETE":
            raise ResourceFailed(
                f"Embedded stack {stack_id} was not successfully created: {ended.reason}",
                members={"PhysicalResourceId": stack_id},
            )
        return _made(ended)

    async def alter(self, ctx: Context, desired: Desired, row: StackResource, previous: Properties) -> Made:
        parent, settled = self._parent(row), {"UPDATE_COMPLETE", "CREATE_COMPLETE"}
        await self._ended(row.physical_id, parent)  # an update that was cancelled with the parent's ends first
        try:
            await ctx.call(
                "cloudformation:UpdateStack", source_arn=parent.id, StackName=row.physical_id,
                **self._request(desired, parent),
            )  # fmt: skip
        except AwsError as error:
            if error.message != NOTHING_TO_DO:
                raise
            settled.add("UPDATE_ROLLBACK_COMPLETE")
        ended = await self._ended(row.physical_id, parent)
        if ended.status not in settled:
            raise ResourceFailed(
                f"Embedded stack {row.physical_id} was not successfully updated. Currently in {ended.status} with "
                f"reason: {ended.reason}"
            )
        return _made(ended)

    async def remove(self, ctx: Context, row: StackResource) -> None:
        store, parent = self.engine.store, self._parent(row)
        child = store.stacks.get(row.physical_id) or store.live(parent.account, parent.region, row.name)
        if child is None or not child.is_live:
            return
        if child.status.startswith("UPDATE"):
            await self._ended(child.id, parent)
        await ctx.call("cloudformation:DeleteStack", source_arn=parent.id, StackName=child.id)
        ended = await self._ended(child.id, parent)
        if ended.is_live:
            raise ResourceFailed(f"Embedded stack {child.id} was not successfully deleted: {ended.reason}")

    def _parent(self, row: StackResource) -> Stack:
        found = self.engine.store.stacks.get(row.stack_id)
        assert found is not None
        return found

    @staticmethod
    def _request(desired: Desired, parent: Stack) -> dict[str, Any]:
        properties = desired.properties
        parameters = properties.get("Parameters") or {}
        request: dict[str, Any] = {
            "TemplateURL": properties.get("TemplateURL", ""),
            "Parameters": [
                {
                    "ParameterKey": name,
                    "ParameterValue": ",".join(map(text_of, v)) if isinstance(v, list) else text_of(v),
                }
                for name, v in parameters.items()
            ],
            "Capabilities": sorted({*parent.capabilities}),
            "Tags": [{"Key": key, "Value": value} for key, value in tags_of(desired).items()],
            "NotificationARNs": list(properties.get("NotificationARNs") or ()),
        }
        return request | ({"RoleARN": parent.role_arn} if parent.role_arn else {})

    async def _ended(self, stack_id: str, parent: Stack) -> Stack:
        """The child when its operation has come to an end. ResourceFailed when the parent's is to end before."""
        engine = self.engine
        while True:
            child = engine.store.stacks.get(stack_id)
            assert child is not None
            if not child.is_busy:
                return child
            if engine.stopped_by(parent.id) is not None:
                if child.status == "UPDATE_IN_PROGRESS":
                    engine.store.change(stack_id, cancelled=True)
                    engine.stop(stack_id, "Update of the parent stack was cancelled")
                raise ResourceFailed("Resource creation cancelled", members={"PhysicalResourceId": stack_id})
            await engine.wait(stack_id, None, parent.id)


def _parameter(value: Any) -> str:
    return ",".join(map(text_of, value)) if isinstance(value, list) else text_of(value)


def _made(child: Stack) -> Made:
    found = {f"Outputs.{output['OutputKey']}": output["OutputValue"] for output in child.outputs}
    return Made(child.id, found)
