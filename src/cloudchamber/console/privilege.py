"""Least privilege: who was seen to call, and the policy that would have been enough for what they did."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cloudchamber.console.flows import parent_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudchamber.console.flows import Flows

SIBLINGS_MAX = 20  # more resources of one parent than this are named by the parent: bucket/*


def principals(flows: Flows, limit: int) -> list[dict[str, Any]]:
    """Who called, the busiest first, and how often they were refused."""
    calls: defaultdict[str, int] = defaultdict(int)
    refused: defaultdict[str, int] = defaultdict(int)
    for flow, seen in flows.calls():
        if flow.principal:
            calls[flow.principal] += seen.calls
    for asked, seen in flows.asked():
        refused[asked.principal] += seen.errors
    busiest = sorted(calls, key=lambda who: -calls[who])[:limit]
    return [{"principal": who, "calls": calls[who], "refused": refused[who]} for who in busiest]


def suggestion(flows: Flows, principal: str) -> dict[str, Any]:
    """The policy that would have let a principal do what it was seen to be allowed, and no more."""
    used: defaultdict[str, set[str]] = defaultdict(set)
    refused: defaultdict[str, set[str]] = defaultdict(set)
    for asked, _ in flows.asked():
        if asked.principal == principal:
            (used if asked.allowed else refused)[asked.resource].add(asked.action)
    by_actions: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource, actions in used.items():
        by_actions[tuple(sorted(actions))].append(resource)
    statements = [
        {"Effect": "Allow", "Action": list(actions), "Resource": _named(resources)}
        for actions, resources in sorted(by_actions.items())
    ]
    return {
        "principal": principal, "policy": {"Version": "2012-10-17", "Statement": statements},
        "refused": {resource: sorted(actions) for resource, actions in sorted(refused.items())},
    }  # fmt: skip


def _named(resources: Iterable[str]) -> list[str]:
    of_parent: defaultdict[str, list[str]] = defaultdict(list)
    for resource in resources:
        of_parent[parent_of(resource)].append(resource)
    named: set[str] = set()
    for parent, children in of_parent.items():
        named.update([parent + "*"] if parent and len(children) > SIBLINGS_MAX else children)
    return sorted(named)
