"""Parts of paths of resources: which there may be, and which siblings and children they allow. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.errors import BadRequest, Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")
_PART = re.compile(r"^(\{[\w.:\-]+\+?\}|[a-zA-Z0-9._:\-]+)$", re.ASCII)
PART_RULE = (
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning "
    "and the end."
)


def is_variable(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")


def is_greedy(part: str) -> bool:
    return part.endswith("+}")


def joined(parent_path: str, part: str) -> str:
    return f"{parent_path.rstrip('/')}/{part}"


def check(part: str, parent: Mapping[str, Any], siblings: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Whether a part may be put below a parent, beside `siblings` (identifier and body). Bodies are of resources."""
    if not _PART.match(part):
        raise BadRequest(PART_RULE)
    if is_greedy(parent.get("pathPart") or ""):
        raise BadRequest(f"Cannot create a child of a resource with a greedy path variable: {parent['pathPart']}")
    for identifier, body in siblings:
        other = body.get("pathPart") or ""
        if other == part:
            raise Conflict(f"Another resource with the same parent already has this name: {part}")
        if is_variable(part) and is_variable(other):
            raise BadRequest(
                f"A sibling ({identifier}) of this resource already has a variable path part -- only one is allowed"
            )


def check_method(method: str) -> str:
    if method not in METHODS:
        raise BadRequest(f"Invalid HttpMethod specified. Valid options are {','.join(METHODS)}")
    return method
