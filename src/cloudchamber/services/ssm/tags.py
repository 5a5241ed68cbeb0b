"""Tags of parameters: AddTagsToResource, RemoveTagsFromResource, ListTagsForResource."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.errors import NotImplementedByUs, ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.ssm import limits, names
from cloudchamber.services.ssm.base import SsmBase
from cloudchamber.services.ssm.errors import InvalidResourceId, ParameterNotFound, TooManyTags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.ssm import shapes
    from cloudchamber.services.ssm.parameter import Parameter


def check_tags(was: Mapping[str, str], added: Sequence[shapes.Tag]) -> dict[str, str]:
    """The tags with those that are added. ValidationException, TooManyTags."""
    merged = {**was, **{tag["Key"]: tag["Value"] for tag in added}}
    if any(tag["Key"].lower().startswith("aws:") for tag in added):
        raise ValidationError("Tag keys can't begin with aws:, which is reserved for system use.")
    if len({tag["Key"] for tag in added}) < len(added):
        raise ValidationError("Duplicate tag keys are not allowed.")
    if len(merged) > limits.TAGS_MAX:
        raise TooManyTags("Number of tags exceed maximum tag limit of 50")
    return merged


class Tags(SsmBase):
    @operation
    async def add_tags_to_resource(self, ctx: Context, request: shapes.AddTagsToResourceRequest) -> None:
        found = self._tagged(ctx, request)
        merged = check_tags(found.tags, request["Tags"])
        with self.platform.store.transaction():
            self.store.parameters.put(replace(found, tags=merged))

    @operation
    async def remove_tags_from_resource(self, ctx: Context, request: shapes.RemoveTagsFromResourceRequest) -> None:
        found = self._tagged(ctx, request)
        kept = {key: value for key, value in found.tags.items() if key not in request["TagKeys"]}
        with self.platform.store.transaction():
            self.store.parameters.put(replace(found, tags=kept))

    @operation
    async def list_tags_for_resource(
        self, ctx: Context, request: shapes.ListTagsForResourceRequest
    ) -> shapes.ListTagsForResourceResult:
        found = self._tagged(ctx, request)
        return {"TagList": [{"Key": key, "Value": value} for key, value in found.tags.items()]}

    def _tagged(self, ctx: Context, request: Request) -> Parameter:
        """The parameter that is named. InvalidResourceId; NotImplemented for other kinds of resource."""
        kind, name = request["ResourceType"], request["ResourceId"]
        if kind != "Parameter":
            raise NotImplementedByUs(f"tags of the resource type {kind} are not implemented in cloudchamber")
        try:
            return self.parameter(names.locate_own(ctx, name))
        except (ParameterNotFound, ValidationError):
            raise InvalidResourceId(f'The resource ID "{name}" is not valid. Verify the ID and try again.') from None
