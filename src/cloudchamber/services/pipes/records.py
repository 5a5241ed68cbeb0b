"""What EventBridge Pipes keeps: pipes, and how far each has come in the shards of its stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cloudchamber.core.patterns.filters import patterns_of

POSITIONS = [
    """CREATE TABLE pipes_positions (pipe TEXT NOT NULL, shard TEXT NOT NULL, sequence TEXT NOT NULL,
        is_ended INTEGER NOT NULL, PRIMARY KEY (pipe, shard)) WITHOUT ROWID""",
]
# States that pass by themselves.
PASSING = frozenset({"CREATING", "UPDATING", "STARTING", "STOPPING", "DELETING"})
_MEMBERS = {"dynamodb": "DynamoDBStreamParameters", "sqs": "SqsQueueParameters"}


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe. `settings` are the request's members under AWS's names; instants are epoch seconds."""

    account: str
    region: str
    name: str
    settings: dict[str, Any]
    desired: str
    state: str
    created_at: float
    modified_at: float
    reason: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:pipes:{self.region}:{self.account}:pipe/{self.name}"

    @property
    def source(self) -> str:
        return str(self.settings["Source"])

    @property
    def source_kind(self) -> str:
        """`sqs` or `dynamodb`."""
        return self.source.split(":")[2]

    @property
    def source_region(self) -> str:
        return self.source.split(":")[3]

    @property
    def enrichment(self) -> str:
        """Empty for none."""
        return str(self.settings.get("Enrichment") or "")

    @property
    def target(self) -> str:
        return str(self.settings["Target"])

    @property
    def role(self) -> str:
        return str(self.settings["RoleArn"])

    def parameters(self, stage: str, member: str = "") -> dict[str, Any]:
        """`parameters("Target", "SqsQueueParameters")`; without a member all of a stage's."""
        found: dict[str, Any] = self.settings.get(f"{stage}Parameters") or {}
        return (found.get(member) or {}) if member else found

    @property
    def of_source(self) -> dict[str, Any]:
        """The parameters of the queue or stream."""
        return self.parameters("Source", _MEMBERS[self.source_kind])

    @property
    def patterns(self) -> list[str]:
        return patterns_of(self.parameters("Source", "FilterCriteria"))
