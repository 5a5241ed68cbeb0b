"""CORS: which pages of other origins a bucket lets read its answers, and preflights. Pure but for the mixin at the end.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cloudchamber.core.service import operation
from cloudchamber.services.s3 import limits
from cloudchamber.services.s3.base import S3Base
from cloudchamber.services.s3.errors import AccessForbidden, BadRequest, InvalidRequest, MalformedXml
from cloudchamber.services.s3.keys import WIRE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request

METHODS = ("GET", "PUT", "HEAD", "POST", "DELETE")
Headers = list[tuple[str, str]]


def check(rules: Sequence[Mapping[str, Any]]) -> None:
    """MalformedXML and InvalidRequest for rules that S3 does not take."""
    if not 1 <= len(rules) <= limits.CORS_RULES_MAX:
        raise MalformedXml
    for rule in rules:
        for method in rule["AllowedMethods"]:
            if method not in METHODS:
                raise InvalidRequest(f"Found unsupported HTTP method in CORS config. Unsupported method is {method}")
        for origin in rule["AllowedOrigins"]:
            if origin.count("*") > 1:
                raise InvalidRequest(f'AllowedOrigin "{origin}" can not have more than one wildcard.')
        for header in rule.get("AllowedHeaders") or ():
            if header.count("*") > 1:
                raise InvalidRequest(f'AllowedHeader "{header}" can not have more than one wildcard.')
        for header in rule.get("ExposeHeaders") or ():
            if "*" in header:
                raise InvalidRequest(f'ExposeHeader "{header}" contains wildcard. We currently do not support wildcard '
                                     "for ExposeHeader.")  # fmt: skip


def answer(rules: Sequence[Mapping[str, Any]], headers: Mapping[str, str], method: str) -> Headers:
    """The headers for a page, by the first rule that lets it; empty where none does. `headers` are the request's."""
    origin = headers["origin"]
    wanted = headers.get("access-control-request-headers")
    asked = [name.strip().lower() for name in wanted.split(",") if name.strip()] if wanted else []
    for rule in rules:
        matched = next((allowed for allowed in rule["AllowedOrigins"] if _fits(allowed, origin)), None)
        if matched is None or method not in rule["AllowedMethods"]:
            continue
        allowed_headers = rule.get("AllowedHeaders") or ()
        if not all(any(_fits(allowed.lower(), name) for allowed in allowed_headers) for name in asked):
            continue
        found = [("Access-Control-Allow-Origin", "*" if matched == "*" else origin)]
        found.append(("Access-Control-Allow-Methods", ", ".join(rule["AllowedMethods"])))
        if asked:
            found.append(("Access-Control-Allow-Headers", ", ".join(asked)))
        if rule.get("ExposeHeaders"):
            found.append(("Access-Control-Expose-Headers", ", ".join(rule["ExposeHeaders"])))
        if rule.get("MaxAgeSeconds") is not None:
            found.append(("Access-Control-Max-Age", str(rule["MaxAgeSeconds"])))
        if matched != "*":
            found.append(("Access-Control-Allow-Credentials", "true"))
        found.append(("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"))
        return found
    return []


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


def _fits(pattern: str, text: str) -> bool:
    return _pattern(pattern).fullmatch(text) is not None


def bucket_in(path: str) -> str:
    """The bucket in a path-style path, or in a website's."""
    return unquote(path.removeprefix("/_website")[1:].partition("/")[0])


class Preflights(S3Base):
    def page_headers(self, request: Any) -> Headers | None:
        """A bucket's own rules say which pages may read. None where no bucket is named that there is; nothing to say
        where a page merely leads here."""
        bucket = self.store.buckets.get(bucket_in(request.path))
        if bucket is None:
            return None
        if "origin" not in request.headers:
            return []
        rules = (bucket.configurations.get("cors") or {}).get("CORSRules") or ()
        method = request.method
        if method == "OPTIONS":
            method = request.headers.get("access-control-request-method", "")
        return answer(rules, request.headers, method)

    @operation
    async def preflight_object(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._preflight(ctx, request)

    @operation
    async def preflight_bucket(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._preflight(ctx, request)

    def _preflight(self, ctx: Context, request: Request) -> dict[str, Any]:
        """The headers are added to the answer like to any other; this says whether there are any."""
        wire = request[WIRE]
        if "origin" not in wire.headers:
            raise BadRequest("Insufficient information. Origin request header needed.")
        if "access-control-request-method" not in wire.headers:
            raise BadRequest("Invalid Access-Control-Request-Method: null")
        bucket = self.bucket(ctx, request)
        members = {"Method": wire.headers["access-control-request-method"], "ResourceType": "BUCKET"}
        if "cors" not in bucket.configurations:
            raise AccessForbidden("CORSResponse: CORS is not enabled for this bucket.", **members)
        if not self.page_headers(wire):
            raise AccessForbidden(
                "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
                "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted "
                "by the resource's CORS spec.", **members,
            )  # fmt: skip
        return {}
