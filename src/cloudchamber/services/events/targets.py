"""Targets of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.events import limits
from cloudchamber.services.events.base import EventsBase, page
from cloudchamber.services.events.errors import LimitExceeded, ValidationException
from cloudchamber.services.events.tables import Rule, Target
from cloudchamber.services.events.transform import check_target_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.events import shapes

# Targets that EventBridge reaches only as a role.
_WITH_ROLE = frozenset({
    "batch", "codebuild", "codepipeline", "ecs", "execute-api", "firehose", "kinesis", "redshift", "sagemaker", "ssm",
    "states",
})  # fmt: skip


class Targets(EventsBase):
    @operation
    async def put_targets(self, ctx: Context, request: shapes.PutTargetsRequest) -> shapes.PutTargetsResponse:
        rule = self.rule(self.bus(ctx, request.get("EventBusName")), request["Rule"])
        given: Any = request["Targets"]
        for target in given:
            _check(target, rule)
        together = {target.id for target in self.store.targets.where(rule=rule.arn)} | {one["Id"] for one in given}
        if len(together) > limits.TARGETS_PER_RULE_MAX:
            raise LimitExceeded("The requested resource exceeds the maximum number allowed.")
        with self.platform.store.transaction():
            for one in given:
                self.store.targets.put(
                    Target(rule.arn, one["Id"], rule.account, rule.region, rule.bus, rule.name, one["Arn"], dict(one))
                )
            self.store.changed(rule.account, rule.region, rule.bus)
        return {"FailedEntryCount": 0, "FailedEntries": []}

    @operation
    async def remove_targets(self, ctx: Context, request: shapes.RemoveTargetsRequest) -> shapes.RemoveTargetsResponse:
        rule = self.rule(self.bus(ctx, request.get("EventBusName")), request["Rule"])
        with self.platform.store.transaction():
            for target_id in request["Ids"]:
                self.store.targets.delete(rule.arn, target_id)
            self.store.changed(rule.account, rule.region, rule.bus)
        return {"FailedEntryCount": 0, "FailedEntries": []}

    @operation
    async def list_targets_by_rule(
        self, ctx: Context, request: shapes.ListTargetsByRuleRequest
    ) -> shapes.ListTargetsByRuleResponse:
        rule = self.rule(self.bus(ctx, request.get("EventBusName")), request["Rule"])
        targets, more = page(request, lambda target: target.id, self.store.targets.where(rule=rule.arn))
        return {"Targets": [target.settings for target in targets], **more}  # type: ignore[typeddict-item]


def _check(target: Mapping[str, Any], rule: Rule) -> None:
    """ValidationException for a target that AWS does not take."""
    arn, parts = target["Arn"], target["Arn"].split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
        raise ValidationException(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
    if (parts[2] in _WITH_ROLE or ":api-destination/" in arn) and not target.get("RoleArn"):
        raise ValidationException(f"RoleArn is required for target {arn}.")
    if parts[2] == "sqs" and arn.endswith(".fifo") and not (target.get("SqsParameters") or {}).get("MessageGroupId"):
        raise ValidationException(f"Parameter(s) SqsParameters must be specified for target: {target['Id']}.")
    if arn == f"arn:aws:events:{rule.region}:{rule.account}:event-bus/{rule.bus}":
        raise ValidationException(f"Parameter {arn} is not valid. Reason: A bus is no target of its own rules.")
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if dead_letters is not None and not _is_queue(dead_letters):
        raise ValidationException(f"Parameter DeadLetterConfig.Arn is not valid: {dead_letters}")
    check_target_input(target)


def _is_queue(arn: str) -> bool:
    parts = arn.split(":")
    return len(parts) == 6 and parts[0] == "arn" and parts[2] == "sqs" and not arn.endswith(".fifo")
