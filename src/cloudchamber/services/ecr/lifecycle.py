"""Lifecycle policies as documents: what ECR lets through. Pure.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudchamber.identity.document import MalformedPolicy, parse_json
from cloudchamber.services.ecr.limits import PATTERN_WILDCARDS_MAX, RULES_MAX

_RULE = frozenset({"rulePriority", "description", "selection", "action"})
_SELECTION = frozenset({
    "tagStatus", "tagPatternList", "tagPrefixList", "storageClass", "countType", "countUnit", "countNumber",
})  # fmt: skip
_STATUSES = ("tagged", "untagged", "any")
_BY_COUNT = "imageCountMoreThan"
_BY_AGE = ("sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned")


class InvalidLifecycle(ValueError):
    """A document that is no lifecycle policy; the text says why."""


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise InvalidLifecycle(reason)


def check(text: str) -> None:
    """InvalidLifecycle for what is no lifecycle policy."""
    try:
        document = parse_json(text)
    except MalformedPolicy:
        raise InvalidLifecycle("the policy is not a JSON document") from None
    _require(isinstance(document, Mapping) and set(document) == {"rules"}, "the policy must have rules, and only them")
    rules = document["rules"]
    _require(isinstance(rules, list) and 1 <= len(rules) <= RULES_MAX, f"rules must be a list of 1 to {RULES_MAX}")
    for rule in rules:
        _check_rule(rule)
    priorities = [rule["rulePriority"] for rule in rules]
    _require(len(set(priorities)) == len(priorities), "rulePriority must be unique among the rules")
    anything = [rule for rule in rules if rule["selection"]["tagStatus"] == "any"]
    last = max(priorities)
    _require(
        all(rule["rulePriority"] == last or "storageClass" in rule["selection"] for rule in anything),
        "a rule with the tagStatus any must have the highest rulePriority",
    )


def _check_rule(rule: Any) -> None:
    _require(isinstance(rule, Mapping), "a rule must be an object")
    _require(set(rule) <= _RULE, f"a rule has no {', '.join(sorted(set(rule) - _RULE))}")
    _require(_is_positive(rule.get("rulePriority")), "rulePriority must be a positive integer")
    _require(isinstance(rule.get("description", ""), str), "description must be a string")
    selection = rule.get("selection")
    if not isinstance(selection, Mapping):
        raise InvalidLifecycle("a rule must have a selection")
    _check_selection(selection)
    _check_action(rule.get("action"), selection)


def _check_selection(selection: Mapping[str, Any]) -> None:
    unknown = sorted(set(selection) - _SELECTION)
    _require(not unknown, f"a selection has no {', '.join(unknown)}")
    status, kind = selection.get("tagStatus"), selection.get("countType")
    _require(status in _STATUSES, "tagStatus must be tagged, untagged or any")
    lists = [selection[name] for name in ("tagPatternList", "tagPrefixList") if name in selection]
    if status == "tagged":
        _require(len(lists) == 1, "the tagStatus tagged needs either a tagPatternList or a tagPrefixList")
        _require(
            isinstance(lists[0], list) and bool(lists[0]) and all(isinstance(one, str) and one for one in lists[0]),
            "a list of tags must have strings",
        )
        stars = max(one.count("*") for one in lists[0])
        _require(stars <= PATTERN_WILDCARDS_MAX, f"a pattern has at most {PATTERN_WILDCARDS_MAX} wildcards")
    else:
        _require(not lists, f"the tagStatus {status} takes no list of tags")
    _require(kind in (_BY_COUNT, *_BY_AGE), "countType is not known")
    _require(_is_positive(selection.get("countNumber")), "countNumber must be a positive integer")
    if kind == _BY_COUNT:
        _require("countUnit" not in selection, f"the countType {_BY_COUNT} takes no countUnit")
    else:
        _require(selection.get("countUnit") == "days", f"the countType {kind} needs the countUnit days")
    _require(selection.get("storageClass", "standard") in ("standard", "archive"), "storageClass is not known")


def _check_action(action: Any, selection: Mapping[str, Any]) -> None:
    expires = action == {"type": "expire"}
    moves = action == {"type": "transition", "targetStorageClass": "archive"}
    _require(expires or moves, "an action must expire images, or transition them to archive")
    archived = selection.get("storageClass") == "archive"
    _require(not (moves and archived), "what is in the archive cannot transition to it")


def _is_positive(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
