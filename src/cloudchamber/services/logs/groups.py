"""Log groups: made, deleted, listed; what is set on them (retention, a KMS key, protection against deletion)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AccessDenied, AwsError, NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.identity.principals import service
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.base import LogsBase
from cloudchamber.services.logs.errors import InvalidParameter, NoLogGroup, ResourceAlreadyExists, Validation
from cloudchamber.services.logs.positions import page_token, read_page_token
from cloudchamber.services.logs.tables import LogGroup
from cloudchamber.services.logs.tags import check_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes

STANDARD = "STANDARD"
LISTED_BY_DEFAULT = 50
CHUNK = 200


class Groups(LogsBase):
    @operation
    async def create_log_group(self, ctx: Context, request: shapes.CreateLogGroupRequest) -> None:
        name, tags = request["logGroupName"], dict(request.get("tags") or {})
        check_tags({}, tags)
        if name.lower().startswith("aws/"):
            raise InvalidParameter("Log groups starting with AWS/ are reserved for AWS.")
        if self.store.groups.get(ctx.account, ctx.region, name) is not None:
            raise ResourceAlreadyExists("The specified log group already exists")
        draft = LogGroup(
            ctx.account, ctx.region, name, 0, self.now_ms(), log_class=request.get("logGroupClass") or STANDARD,
            is_protected=bool(request.get("deletionProtectionEnabled")), tags=tags,
        )  # fmt: skip
        key = request.get("kmsKeyId")
        if key is not None:
            draft = replace(draft, kms_key_arn=await self._checked_key(ctx, key, draft.arn))
            if self.store.groups.get(ctx.account, ctx.region, name) is not None:  # it came while KMS was asked
                raise ResourceAlreadyExists("The specified log group already exists")
        with self.platform.store.transaction():
            self.add_group(draft)

    def add_group(self, draft: LogGroup) -> LogGroup:
        """Inside a transaction."""
        return self.store.groups.put(replace(draft, number=self.store.new_number()))

    async def _checked_key(self, ctx: Context, key: str, arn: str) -> str:
        """The ARN of a key that CloudWatch Logs may use for a group."""
        refusal = f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
        if ctx.resources.find(key) is None:
            raise InvalidParameter(refusal)
        try:
            found = await ctx.call(
                "kms:GenerateDataKey", principal=service(f"logs.{ctx.region}.amazonaws.com"), source_arn=arn, KeyId=key,
                KeySpec="AES_256", EncryptionContext={"aws:logs:arn": arn},
            )  # fmt: skip
        except NotImplementedByUs:
            raise
        except AwsError as error:
            if error.status >= 500:
                raise
            kind = AccessDenied if error.code == AccessDenied.code else InvalidParameter
            raise kind(refusal) from None
        return str(found["KeyId"])

    @operation
    async def delete_log_group(self, ctx: Context, request: shapes.DeleteLogGroupRequest) -> None:
        group = self.group(ctx, request["logGroupName"])
        if group.is_protected:
            raise Validation("The specified log group has deletion protection enabled and cannot be deleted.")
        with self.platform.store.transaction():
            self.store.delete_group(group)
        self.filters_changed()
        self.policies_changed()
        self.sweep_deleted()

    # listing

    @operation
    async def describe_log_groups(
        self, ctx: Context, request: shapes.DescribeLogGroupsRequest
    ) -> shapes.DescribeLogGroupsResponse:
        prefix, pattern = request.get("logGroupNamePrefix"), request.get("logGroupNamePattern")
        if prefix is not None and pattern is not None:
            raise InvalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        identifiers = request.get("logGroupIdentifiers")
        if identifiers is not None:
            if prefix is not None or pattern is not None:
                raise InvalidParameter("logGroupIdentifiers cannot be combined with a name prefix or a name pattern.")
            named = [self._identified_or_none(ctx, identifier) for identifier in identifiers]
            return {"logGroups": [self._shown(group) for group in named if group is not None]}
        wanted = (pattern or "").lower()
        found = (g for g in self._by_name(ctx, request, prefix or "") if wanted in g.name.lower())
        page, token = _page(found, request, LISTED_BY_DEFAULT)
        answer: shapes.DescribeLogGroupsResponse = {"logGroups": [self._shown(group) for group in page]}
        return answer if token is None else {**answer, "nextToken": token}

    @operation
    async def list_log_groups(self, ctx: Context, request: shapes.ListLogGroupsRequest) -> shapes.ListLogGroupsResponse:
        for name in ("dataSources", "fieldIndexNames"):
            if request.get(name):
                raise NotImplementedByUs(f"{name} is not implemented in cloudchamber")
        tests = [
            (p.removeprefix("^"), p.startswith("^")) for p in (request.get("logGroupNamePattern") or "").split("|")
        ]
        found = (
            g for g in self._by_name(ctx, request, "")
            if any(g.name.startswith(text) if is_start else text in g.name for text, is_start in tests)
            and all(_has_tag(g, wanted) for wanted in request.get("logGroupTags") or ())
        )  # fmt: skip
        page, token = _page(found, request, LISTED_BY_DEFAULT)
        listed: Any = [
            {"logGroupName": g.name, "logGroupArn": g.arn, "logGroupClass": g.log_class} for g in page
        ]  # fmt: skip
        return {"logGroups": listed} if token is None else {"logGroups": listed, "nextToken": token}

    def _identified_or_none(self, ctx: Context, identifier: str) -> LogGroup | None:
        try:
            return self.identified(ctx, identifier)
        except NoLogGroup:
            return None

    def _by_name(self, ctx: Context, request: Request, prefix: str) -> Iterator[LogGroup]:
        """The groups of the class asked for, by name, from where the token says, a chunk at a time."""
        after, log_class = read_page_token(request.get("nextToken")).get("after", ""), request.get("logGroupClass")
        if prefix > after:
            exact = self.store.groups.get(ctx.account, ctx.region, prefix)
            found = [] if exact is None else [exact]
            after = prefix
        else:
            found = []
        while True:
            for group in found:
                if not group.name.startswith(prefix):
                    return
                if log_class in (None, group.log_class):
                    yield group
            found = self.store.groups.where(
                account=ctx.account, region=ctx.region, order="name", after=(after,), limit=CHUNK
            )
            if not found:
                return
            after = found[-1].name

    def _shown(self, group: LogGroup) -> shapes.LogGroup:
        filters = self.store.metric_filters.count(account=group.account, region=group.region, group_name=group.name)
        shown: Any = {
            "logGroupName": group.name, "creationTime": group.created_at, "metricFilterCount": filters,
            "arn": f"{group.arn}:*", "storedBytes": self.store.size_bytes(group), "logGroupClass": group.log_class,
            "logGroupArn": group.arn, "deletionProtectionEnabled": group.is_protected,
        }  # fmt: skip
        if group.retention_days is not None:
            shown["retentionInDays"] = group.retention_days
        if group.kms_key_arn is not None:
            shown["kmsKeyId"] = group.kms_key_arn
        found: shapes.LogGroup = shown
        return found

    # settings

    @operation
    async def put_retention_policy(self, ctx: Context, request: shapes.PutRetentionPolicyRequest) -> None:
        days = request["retentionInDays"]
        if days not in limits.RETENTION_DAYS:
            raise InvalidParameter(
                f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(map(str, limits.RETENTION_DAYS))}]"
            )
        self._change(self.group(ctx, request["logGroupName"]), retention_days=days)
        self.plan_expiry()

    @operation
    async def delete_retention_policy(self, ctx: Context, request: shapes.DeleteRetentionPolicyRequest) -> None:
        self._change(self.group(ctx, request["logGroupName"]), retention_days=None)

    @operation
    async def put_log_group_deletion_protection(
        self, ctx: Context, request: shapes.PutLogGroupDeletionProtectionRequest
    ) -> None:
        group = self.identified(ctx, request["logGroupIdentifier"])
        self._change(group, is_protected=bool(request["deletionProtectionEnabled"]))

    @operation
    async def associate_kms_key(self, ctx: Context, request: shapes.AssociateKmsKeyRequest) -> None:
        group = self._of_key(ctx, request)
        arn = await self._checked_key(ctx, request["kmsKeyId"], group.arn)
        self._change(self._of_key(ctx, request), kms_key_arn=arn)

    @operation
    async def disassociate_kms_key(self, ctx: Context, request: shapes.DisassociateKmsKeyRequest) -> None:
        self._change(self._of_key(ctx, request), kms_key_arn=None)

    def _of_key(self, ctx: Context, request: Request) -> LogGroup:
        resource = request.get("resourceIdentifier")
        if (resource is None) == (request.get("logGroupName") is None):
            raise InvalidParameter("Exactly one of logGroupName and resourceIdentifier must be specified.")
        if resource is None:
            return self.group(ctx, request["logGroupName"])
        if ":query-result:" in resource:
            raise NotImplementedByUs("encryption of query results is not implemented in cloudchamber")
        return self.identified(ctx, resource)

    def _change(self, group: LogGroup, **changes: Any) -> None:
        with self.platform.store.transaction():
            self.store.groups.put(replace(group, **changes))


def _page(found: Iterator[LogGroup], request: Request, default: int) -> tuple[list[LogGroup], str | None]:
    page: list[LogGroup] = []
    limit = request.get("limit") or default
    for group in found:
        if len(page) == limit:
            return page, page_token(after=page[-1].name)
        page.append(group)
    return page, None


def _has_tag(group: LogGroup, wanted: Any) -> bool:
    """Whether a group has a tag with one of the values, which may begin with `!` and have `*` at either end."""
    value, values = group.tags.get(wanted["key"]), wanted.get("values") or ()
    if value is None or not values:
        return value is not None
    return any(_value_fits(value, text.removeprefix("!")) != text.startswith("!") for text in values)


def _value_fits(value: str, text: str) -> bool:
    bare = text.strip("*")
    if text.startswith("*") and text.endswith("*"):
        return bare in value
    if text.startswith("*"):
        return value.endswith(bare)
    return value.startswith(bare) if text.endswith("*") else value == text
