"""Tags of tables: TagResource, UntagResource, ListTagsOfResource.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.pagination import InvalidMarker, page
from cloudchamber.core.service import operation
from cloudchamber.services.dynamodb import limits
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.errors import ResourceNotFound, invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb import shapes
    from cloudchamber.services.dynamodb.table import TableView

RESERVED_PREFIX = "aws:"


class TableTags(DynamoBase):
    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceInput) -> None:
        record = self._tagged(request["ResourceArn"]).record
        tags = {**record.tags, **read_tags(request["Tags"])}
        _check_count(tags)
        with self.platform.store.transaction():
            self.store.save(replace(record, tags=tags))

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceInput) -> None:
        record = self._tagged(request["ResourceArn"]).record
        gone = set(request["TagKeys"])
        with self.platform.store.transaction():
            self.store.save(replace(record, tags={k: v for k, v in record.tags.items() if k not in gone}))

    @operation
    async def list_tags_of_resource(
        self, ctx: Context, request: shapes.ListTagsOfResourceInput
    ) -> shapes.ListTagsOfResourceOutput:
        tags = sorted(self._tagged(request["ResourceArn"]).record.tags.items())
        try:
            found, marker = page(tags, lambda tag: tag[0], limits.TAGS, request.get("NextToken"))
        except InvalidMarker:
            raise invalid("Invalid NextToken") from None
        answer: shapes.ListTagsOfResourceOutput = {"Tags": [{"Key": key, "Value": value} for key, value in found]}
        if marker is not None:
            answer["NextToken"] = marker
        return answer

    def _tagged(self, arn: str) -> TableView:
        """The table of an ARN, which has to be a table's own."""
        parts = arn.split(":", 5)
        if len(parts) < 6 or parts[2] != "dynamodb" or not parts[5].startswith("table/") or parts[5].count("/") > 1:
            raise ValidationError(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
        found = self.store.view(parts[4], parts[3], parts[5].partition("/")[2])
        if found is None:
            raise ResourceNotFound(f"Requested resource not found: ResourcArn: {arn} not found")  # spelt as AWS does
        return found


def read_tags(given: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """Tags of a request by key; ValidationException."""
    tags: dict[str, str] = {}
    for tag in given or ():
        if tag["Key"] in tags:
            raise invalid(f"Duplicate tag key: {tag['Key']}")
        if tag["Key"].lower().startswith(RESERVED_PREFIX):
            raise invalid(f"Tag keys starting with {RESERVED_PREFIX} are reserved for system use: {tag['Key']}")
        tags[tag["Key"]] = tag["Value"]
    _check_count(tags)
    return tags


def _check_count(tags: Mapping[str, str]) -> None:
    if len(tags) > limits.TAGS:
        raise invalid(f"Number of tags exceeds the limit of {limits.TAGS}")
