"""Policies of tables and streams: PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
A policy's revision is the instant it was put at, in milliseconds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cloudchamber.core.errors import AwsError, ValidationError
from cloudchamber.core.service import operation
from cloudchamber.identity.context import RequestContext
from cloudchamber.identity.document import MalformedPolicy, compile_policy
from cloudchamber.identity.evaluate import AccessRequest, resource_grant
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.dynamodb import limits
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.errors import ResourceNotFound, invalid
from cloudchamber.services.dynamodb.streams_store import StreamStore

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb import shapes
    from cloudchamber.services.dynamodb.table import TableRecord

NO_POLICY = "NO_POLICY"
_OWN_ACTIONS = ("dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy")


class PolicyNotFound(AwsError):
    code = "PolicyNotFoundException"


class Held(NamedTuple):
    """A table or a stream with its policy, as it is now. `label` is the stream's; empty for the table itself."""

    record: TableRecord
    label: str
    policy: str | None
    revision: str | None


class TablePolicies(DynamoBase):
    @operation
    async def put_resource_policy(
        self, ctx: Context, request: shapes.PutResourcePolicyInput
    ) -> shapes.PutResourcePolicyOutput:
        arn, text = request["ResourceArn"], request["Policy"]
        held = self._held(arn)
        check_policy(text)
        if not request.get("ConfirmRemoveSelfResourceAccess"):
            _check_access(ctx, arn, text)
        expected = request.get("ExpectedRevisionId")
        if expected is not None and expected != (held.revision or NO_POLICY):
            raise PolicyNotFound("The specified ExpectedRevisionId does not match the revision of the current policy")
        if text == held.policy and held.revision is not None:
            return {"RevisionId": held.revision}
        revision = next_revision(held.revision, ctx.now())
        with self.platform.store.transaction():
            self._keep(held, text, revision)
        return {"RevisionId": revision}

    @operation
    async def get_resource_policy(
        self, ctx: Context, request: shapes.GetResourcePolicyInput
    ) -> shapes.GetResourcePolicyOutput:
        held = self._held(request["ResourceArn"])
        if held.policy is None or held.revision is None:
            raise PolicyNotFound(
                f"Resource-based policy not found for the provided ResourceArn: {request['ResourceArn']}"
            )
        return {"Policy": held.policy, "RevisionId": held.revision}

    @operation
    async def delete_resource_policy(
        self, ctx: Context, request: shapes.DeleteResourcePolicyInput
    ) -> shapes.DeleteResourcePolicyOutput:
        held = self._held(request["ResourceArn"])
        expected = request.get("ExpectedRevisionId")
        if expected is not None and expected != held.revision:
            raise PolicyNotFound("The specified ExpectedRevisionId does not match the revision of the current policy")
        if held.revision is None:
            return {}
        with self.platform.store.transaction():
            self._keep(held, None, None)
        return {"RevisionId": held.revision}

    def _held(self, arn: str) -> Held:
        """What an ARN names, which has to be a table or one of its streams; ValidationException, ResourceNotFound."""
        parts = arn.split(":", 5)
        names = parts[5].split("/", 3) if len(parts) == 6 else []
        if len(parts) < 6 or parts[2] != "dynamodb" or len(names) not in (2, 4) or names[0] != "table":
            raise ValidationError(f"Invalid ResourceArn: {arn}")
        view = self.store.view(parts[4], parts[3], names[1])
        if view is None:
            raise ResourceNotFound(f"Requested resource not found: ResourcArn: {arn} not found")
        record = view.record
        if len(names) == 2:
            return Held(record, "", record.policy, record.policy_revision)
        streams = self.platform.store.shared(StreamStore).streams
        if names[2] != "stream" or streams.get(record.account, record.region, record.name, names[3]) is None:
            raise ResourceNotFound(f"Requested resource not found: ResourcArn: {arn} not found")
        label = names[3]
        return Held(record, label, record.stream_policies.get(label), record.stream_policy_revisions.get(label))

    def _keep(self, held: Held, text: str | None, revision: str | None) -> None:
        record, label = held.record, held.label
        if not label:
            self.store.save(replace(record, policy=text, policy_revision=revision))
            return
        policies = {name: policy for name, policy in record.stream_policies.items() if name != label}
        revisions = {name: one for name, one in record.stream_policy_revisions.items() if name != label}
        if text is not None and revision is not None:
            policies[label], revisions[label] = text, revision
        self.store.save(replace(record, stream_policies=policies, stream_policy_revisions=revisions))


def next_revision(was: str | None, now: float) -> str:
    """The revision of a policy that is put now: later than the one before."""
    return str(max(int(now * 1000), int(was or 0) + 1))


def check_policy(text: str) -> None:
    """Whether a table or a stream can have this policy; ValidationException."""
    if len(text.encode()) > limits.POLICY_BYTES:
        raise invalid(f"Resource-based policy exceeds the maximum size of {limits.POLICY_BYTES} bytes")
    try:
        validate_resource_policy(text, vendor="dynamodb")
    except MalformedPolicy as error:
        raise ValidationError(f"Invalid policy document: {error.message}") from None


def _check_access(ctx: Context, arn: str, text: str) -> None:
    """The policy leaves it to the caller to change it again; ValidationException. The root user always can."""
    if ctx.principal.kind == "root":
        return
    policy = compile_policy(text)
    for action in _OWN_ACTIONS:
        asked = AccessRequest(action, arn, arn.split(":")[4], RequestContext(ctx.principal, ctx.now()))
        if resource_grant(ctx.principal, policy, asked, bounded=False).denied_by is not None:
            raise ValidationError(
                "The new policy would remove your access to change the policy of this resource in the future. Set "
                "ConfirmRemoveSelfResourceAccess to true to confirm that you want that"
            )
