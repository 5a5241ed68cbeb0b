"""Cross-origin requests to an HTTP API that has a CORS configuration: preflights answered, headers added (pure).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = list[tuple[str, str]]


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def is_allowed(cors: Mapping[str, Any], origin: str) -> bool:
    """Whether an origin is listed; `*`, `https://*` and `https://*.example.com` stand for many."""
    for allowed in cors.get("AllowOrigins") or ():
        if allowed in ("*", origin):
            return True
        before, star, after = allowed.partition("*")
        if star and origin.startswith(before) and origin.endswith(after) and len(origin) > len(before) + len(after):
            return True
    return False


def headers_for(cors: Mapping[str, Any], request_headers: Mapping[str, str], is_asked: bool) -> Headers:
    """What the configuration says to a page; nothing to other callers and to other origins. `is_asked`: a preflight."""
    origin = request_headers.get("origin")
    if origin is None or not is_allowed(cors, origin):
        return []
    is_any = "*" in cors["AllowOrigins"] and not cors.get("AllowCredentials")
    found = [("access-control-allow-origin", "*" if is_any else origin)]
    if not is_any:
        found.append(("vary", "origin"))
    if cors.get("AllowCredentials"):
        found.append(("access-control-allow-credentials", "true"))
    if is_asked:
        for member, name in (("AllowMethods", "methods"), ("AllowHeaders", "headers")):
            if cors.get(member):
                found.append((f"access-control-allow-{name}", ",".join(cors[member])))
        if cors.get("MaxAge") is not None:
            found.append(("access-control-max-age", str(cors["MaxAge"])))
    elif cors.get("ExposeHeaders"):
        found.append(("access-control-expose-headers", ",".join(cors["ExposeHeaders"])))
    return found


def without_cors(headers: Headers) -> Headers:
    """Where an API has a configuration, what the integration says of this is ignored."""
    return [pair for pair in headers if not pair[0].lower().startswith("access-control-")]
