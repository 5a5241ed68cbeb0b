"""The architecture as it stands and as it is used: resources, what they refer to, and what was seen to call what.

Links come from the directory; traffic from the spans that are remembered: who called (a function, by its role's
session, or a service, or a person), and the resource that IAM was asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudchamber.cloud import Cloud
    from cloudchamber.core.trace import Span

# What is shown by itself; roles, policies, keys and log groups are seen through what uses them.
SHOWN = frozenset({
    "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api", "AWS::Cognito::IdentityPool", "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table", "AWS::Events::EventBus", "AWS::Events::Rule", "AWS::Lambda::Function", "AWS::Pipes::Pipe",
    "AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::Scheduler::Schedule", "AWS::SecretsManager::Secret",
})  # fmt: skip
NODES_MAX = 300


def architecture(cloud: Cloud, account: str | None, region: str | None) -> dict[str, Any]:
    """`nodes` (arn, type, name, calls, errors) and `edges` (from, to, kind `link` or `traffic`, calls, errors)."""
    nodes: dict[str, dict[str, Any]] = {}
    total = 0
    for found in cloud.directory.all(account, region):
        if found.type in SHOWN:
            total += 1
            if len(nodes) < NODES_MAX:
                nodes[found.arn] = {
                    "arn": found.arn, "type": found.type, "name": found.name, "account": found.account,
                    "region": found.region, "links": list(found.links), "calls": 0, "errors": 0,
                }  # fmt: skip
    edges: dict[tuple[str, str, str], dict[str, Any]] = {}
    for arn, node in nodes.items():
        for link in node.pop("links"):
            target = _node_of(nodes, link)
            if target and target != arn:
                edges[arn, target, "link"] = {"from": arn, "to": target, "kind": "link", "calls": 0, "errors": 0}
    _add_traffic(cloud, nodes, edges)
    return {"nodes": list(nodes.values()), "edges": list(edges.values()), "resources": total}


def _add_traffic(cloud: Cloud, nodes: dict[str, Any], edges: dict[tuple[str, str, str], dict[str, Any]]) -> None:
    by_span: dict[str, str] = {}  # span -> the node it is about
    spans = list(cloud.traces.latest())
    for span in spans:
        target = _node_of(nodes, span.resource) or _api(nodes, span)
        if target:
            by_span[span.span_id] = target
    people: dict[str, dict[str, Any]] = {}
    for span in spans:
        target = by_span.get(span.span_id)
        if target is None:
            continue
        nodes[target]["calls"] += 1
        nodes[target]["errors"] += span.is_error
        source = _function(nodes, span) or by_span.get(span.parent_id or "")
        if source is None and span.door == "wire":
            who = span.principal.rpartition(":")[2] or "anonymous"
            source = f"who:{who}"
            people.setdefault(source, {
                "arn": source, "type": "person", "name": who, "account": span.account, "region": span.region,
                "calls": 0, "errors": 0,
            })  # fmt: skip
        if source and source != target:
            edge = edges.setdefault(
                (source, target, "traffic"),
                {"from": source, "to": target, "kind": "traffic", "calls": 0, "errors": 0},
            )
            edge["calls"] += 1
            edge["errors"] += span.is_error
    nodes.update(people)


def _api(nodes: dict[str, Any], span: Span) -> str | None:
    """The API that answered a request of a client."""
    if span.operation != "execute" or not isinstance(span.input, Mapping):
        return None
    api_id = span.input.get("ApiId")
    arns = (f"arn:aws:apigateway:{span.region}::/{kind}/{api_id}" for kind in ("restapis", "apis"))
    return next((arn for arn in arns if arn in nodes), None)


def _function(nodes: dict[str, Any], span: Span) -> str | None:
    """The function that made a call: Lambda names a role's session after it."""
    if ":assumed-role/" not in span.principal:
        return None
    name = span.principal.rpartition("/")[2]
    account = span.principal.split(":")[4]
    arn = f"arn:aws:lambda:{span.region}:{account}:function:{name}"
    return arn if arn in nodes else None


def _node_of(nodes: dict[str, Any], arn: str) -> str | None:
    """The node an ARN belongs to: itself, or what it is a part of (an index, an object, a version, a stage)."""
    if arn in nodes:
        return arn
    for separator in ("/", ":"):
        head = arn
        while separator in head:
            head = head.rpartition(separator)[0]
            if head in nodes:
                return head
    return None


def suggestion(cloud: Cloud, principal: str) -> dict[str, Any]:
    """The policy that would have let a principal do what it was seen to do successfully, and no more."""
    used: defaultdict[str, set[str]] = defaultdict(set)
    refused: defaultdict[str, set[str]] = defaultdict(set)
    for span in cloud.traces.latest(lambda span: span.principal == principal and span.decision is not None):
        ruled = span.decision.decision
        (used if ruled.allowed else refused)[str(ruled.resource or "*")].add(str(ruled.action))
    by_actions: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource, actions in used.items():
        by_actions[tuple(sorted(actions))].append(resource)
    statements = [
        {"Effect": "Allow", "Action": list(actions), "Resource": sorted(resources)}
        for actions, resources in sorted(by_actions.items())
    ]
    return {
        "principal": principal, "policy": {"Version": "2012-10-17", "Statement": statements},
        "refused": {resource: sorted(actions) for resource, actions in sorted(refused.items())},
    }  # fmt: skip
