"""The architecture as it stands and as it is used: resources, what they hand work to, and what was seen to call what.

Links come from the directory, traffic from the flows of calls. Arrows go the way events and requests go: a function
that polls a queue comes after the queue, though it is the function's role that calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.cloud import Cloud
    from cloudchamber.console.flows import Flow, Flows, Seen
    from cloudchamber.core.resources import Resource

# What is shown by itself; roles, policies, keys and log groups are seen through what uses them.
SHOWN = frozenset({
    "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api", "AWS::CloudWatch::Alarm", "AWS::Cognito::IdentityPool",
    "AWS::Cognito::UserPool", "AWS::DynamoDB::Table", "AWS::Events::EventBus", "AWS::Events::Rule",
    "AWS::Lambda::Function", "AWS::Pipes::Pipe", "AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue",
    "AWS::Scheduler::Schedule", "AWS::SecretsManager::Secret",
})  # fmt: skip
# What only joins two others: drawn as the line between them.
WIRES = frozenset({"AWS::Lambda::EventSourceMapping", "AWS::SNS::Subscription"})
STACK = "AWS::CloudFormation::Stack"
READS = frozenset({"sqs:ReceiveMessage", "dynamodb:GetRecords"})  # by which what is read goes on to who reads
CHORES = frozenset({
    "dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:ListStreams", "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage", "sqs:GetQueueAttributes",
})  # fmt: skip
NODES_MAX = 500

Where = tuple[str, str, str, str]  # account, region, type, physical id


@dataclass(slots=True)
class Picture:
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    parts: dict[Where, tuple[str, str]] = field(default_factory=dict)  # -> the stack it is of, its logical id there
    _known: dict[str, str | None] = field(default_factory=dict)

    def at(self, arn: str) -> str | None:
        """The node an ARN belongs to: itself, or what it is a part of (an index, an object, a version, a stage)."""
        if arn not in self._known:
            self._known[arn] = next((one for one in _wholes(arn) if one in self.nodes), None)
        return self._known[arn]

    def join(self, source: str | None, target: str | None, kind: str, seen: Seen | None = None) -> None:
        if source is None or target is None or source == target:
            return
        edge = self.edges.setdefault(
            (source, target, kind), {"from": source, "to": target, "kind": kind, "calls": 0, "errors": 0}
        )
        if seen is not None:
            edge["calls"] += seen.calls
            edge["errors"] += seen.errors

    def part(self, place: tuple[str, str], kind: str, *ids: str) -> tuple[str, str]:
        """The stack and the logical id of a resource that has one of these physical ids; empty if it is of none."""
        return next((found for one in ids if (found := self.parts.get((*place, kind, one)))), ("", ""))


def architecture(cloud: Cloud, flows: Flows, query: Mapping[str, str], limit: int) -> dict[str, Any]:
    """`nodes` (arn, type, name, its logical id and stack, calls, errors, depth), `edges` (from, to, kind `link` or
    `traffic`, calls, errors), `stacks`, and how many `resources` there would be to show.

    Of more than `limit` nodes the busiest and best connected are given. `query` may name an account, a region, a stack.
    """
    picture = Picture()
    found = list(cloud.directory.all(query.get("account"), query.get("region")))
    _take_in(picture, found)
    _draw_links(picture, found)
    for flow, seen in flows.calls():
        _draw_traffic(picture, flow, seen)
    asked = _of_stack(picture, query["stack"]) if query.get("stack") else picture.nodes
    total = sum(node["type"] in SHOWN for node in asked.values())
    shown = _best(picture, asked, min(limit, NODES_MAX))
    for arn, node in shown.items():
        node["depth"] = cloud.directory.depth(arn) if node["type"] in SHOWN else None
    edges = [edge for edge in picture.edges.values() if edge["from"] in shown and edge["to"] in shown]
    stacks = sorted({one.name for one in found if one.type == STACK})
    return {"nodes": list(shown.values()), "edges": edges, "resources": total, "stacks": stacks}


def _take_in(picture: Picture, found: list[Resource]) -> None:
    for one in found:
        if one.type == STACK:
            for logical_id, (kind, physical_id) in (one.attributes.get("Resources") or {}).items():
                for name in {physical_id, physical_id.rpartition("/")[2]}:  # of a queue, the URL ends with its name
                    picture.parts[one.account, one.region, kind, name] = (one.name, logical_id)
    for one in found:
        if one.type in SHOWN:
            within = one.arn.split(":", 5)[5]
            ids = (one.name, one.arn, within, within.partition("/")[2], within.rpartition("/")[2])
            stack, logical_id = picture.part((one.account, one.region), one.type, *ids)
            picture.nodes[one.arn] = {
                "arn": one.arn, "type": one.type, "name": one.name, "account": one.account, "region": one.region,
                "stack": stack, "logical_id": logical_id, "calls": 0, "errors": 0, "depth": None,
            }  # fmt: skip


def _draw_links(picture: Picture, found: list[Resource]) -> None:
    for one in found:
        ends = [picture.at(arn) for arn in one.links]
        if one.type not in WIRES:
            ends = [picture.at(str(one.attributes.get("Source", ""))), picture.at(one.arn), *ends]
        if len(ends) > 1:
            source, middle, *others = ends
            picture.join(source, middle, "link")
            for other in others:
                picture.join(middle, other, "link")


def _draw_traffic(picture: Picture, flow: Flow, seen: Seen) -> None:
    target = picture.at(flow.resource)
    if target is None:
        return
    node = picture.nodes[target]
    node["calls"] += seen.calls
    node["errors"] += seen.errors
    caller = _function(picture, flow)
    if caller is not None and flow.action in READS:
        picture.join(target, caller, "traffic", seen)
    elif caller is not None and flow.door == "wire":
        picture.join(caller, target, "traffic", seen)
    elif flow.door == "wire":
        picture.join(_person(picture, flow), target, "traffic", seen)
    elif flow.source and flow.action not in CHORES and _acts_itself(flow.principal):
        picture.join(picture.at(flow.source), target, "traffic", seen)


def _acts_itself(principal: str) -> bool:
    """Whether a service calls for itself, or in a role that it was given; not in the name of who changes something."""
    return principal.endswith(".amazonaws.com") or ":assumed-role/" in principal


def _function(picture: Picture, flow: Flow) -> str | None:
    """The function that made a call: Lambda names a role's session after it."""
    if ":assumed-role/" not in flow.principal:
        return None
    name = flow.principal.rpartition("/")[2]
    arn = f"arn:aws:lambda:{flow.region}:{flow.principal.split(':')[4]}:function:{name}"
    return arn if arn in picture.nodes else None


def _person(picture: Picture, flow: Flow) -> str:
    """The node of who calls from outside: root, a user, a role whatever its session, or nobody in particular."""
    who = flow.principal.rpartition(":")[2] or "anonymous"
    if who.startswith("assumed-role/"):
        who = "/".join(who.split("/")[:2])
    account = flow.principal.split(":")[4] if flow.principal.startswith("arn:") else flow.account
    arn, name = f"who:{account}:{who}", who.rpartition("/")[2]
    kind = "AWS::IAM::User" if who.startswith("user/") else "AWS::IAM::Role"
    stack, logical_id = picture.part((account, flow.region), kind, name)
    picture.nodes.setdefault(arn, {
        "arn": arn, "type": "person", "name": name, "account": account, "region": flow.region, "stack": stack,
        "logical_id": logical_id, "calls": 0, "errors": 0, "depth": None, "text": who,
    })  # fmt: skip
    return arn


def _of_stack(picture: Picture, stack: str) -> dict[str, dict[str, Any]]:
    """What is of a stack, and what calls it."""
    inside = {arn for arn, node in picture.nodes.items() if node["stack"] == stack}
    beside = {edge["from"] for edge in picture.edges.values() if edge["to"] in inside}
    return {arn: node for arn, node in picture.nodes.items() if arn in inside or arn in beside}


def _best(picture: Picture, nodes: dict[str, dict[str, Any]], limit: int) -> dict[str, dict[str, Any]]:
    """Those that most is known of, where they are too many."""
    if len(nodes) <= limit:
        return nodes
    joined = {arn for source, target, _ in picture.edges for arn in (source, target)}
    best = sorted(nodes, key=lambda arn: (arn not in joined, -nodes[arn]["calls"]))
    kept = set(best[:limit])
    return {arn: node for arn, node in nodes.items() if arn in kept}


def _wholes(arn: str) -> Iterator[str]:
    """An ARN and what it may be a part of, smallest first."""
    yield arn
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[2] == "execute-api":
        api_id = parts[5].partition("/")[0]
        yield from (f"arn:aws:apigateway:{parts[3]}::/{kind}/{api_id}" for kind in ("restapis", "apis"))
        return
    for separator in ("/", ":"):
        head = arn
        while separator in head:
            head = head.rpartition(separator)[0]
            yield head
