"""Custom domain names: what is refused of them, what AWS fills in, and the names it gives out. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.services.apigateway.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"^(\*\.)?([a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?$")
_BASE_PATH = re.compile(r"^[a-zA-Z0-9$\-_.+!*'()]+$")
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
REGIONAL_ZONES = {
    "us-east-1": "Z1UJRXOUMOOFQ8", "us-east-2": "ZOJJZC49E0EPZ", "us-west-1": "Z2MUQ32089INYE",
    "us-west-2": "Z2OJLYMUO9EFXC", "eu-west-1": "ZLY8HYME6SFDD", "eu-central-1": "Z1U9ULNL0V5AJ3",
    "ap-northeast-1": "Z1YSHQZHG15GKL", "ap-southeast-1": "ZL327KTPIQFUL", "ap-southeast-2": "Z2RPCDW04V8134",
}  # fmt: skip
POLICIES = ("TLS_1_0", "TLS_1_2")
NONE = "(none)"


def check_name(name: str) -> str:
    """In lower case; BadRequestException."""
    lowered = name.lower()
    if not _NAME.match(lowered) or len(lowered) > 255:
        raise BadRequest(f"Invalid domain name specified: {name}")
    return lowered


def filled(body: Mapping[str, Any], region: str, now: float) -> dict[str, Any]:
    """A body with AWS's own names for the domain; they stay once they are given."""
    endpoint = dict(body.get("endpointConfiguration") or {})
    endpoint["types"] = types = list(endpoint.get("types") or ["EDGE"])
    if "PRIVATE" in types:
        raise NotImplementedByUs("Private custom domain names exist on AWS and are not implemented in cloudchamber")
    if len(types) > 2 or not set(types) <= {"EDGE", "REGIONAL"}:
        raise BadRequest("Invalid endpoint type specified. Must be one of: EDGE, REGIONAL, PRIVATE")
    endpoint.setdefault("ipAddressType", "ipv4")
    policy = body.get("securityPolicy") or "TLS_1_2"
    if policy not in POLICIES and not policy.startswith("SecurityPolicy_"):
        raise BadRequest(f"Invalid security policy specified. Must be one of: {', '.join(POLICIES)}")
    made: dict[str, Any] = {**body, "endpointConfiguration": endpoint, "securityPolicy": policy}
    made["domainNameStatus"] = "AVAILABLE"
    made.setdefault("routingMode", "BASE_PATH_MAPPING_ONLY")
    if "EDGE" in types:
        _need(body, "certificateArn", "certificateName", "certificateBody")
        made.setdefault("distributionDomainName", f"d{ids.alphanumeric(13).lower()}.cloudfront.net")
        made["distributionHostedZoneId"] = CLOUDFRONT_ZONE
        made.setdefault("certificateUploadDate", int(now))
    if "REGIONAL" in types:
        _need(body, "regionalCertificateArn", "regionalCertificateName")
        own = f"d-{ids.alphanumeric(10).lower()}.execute-api.{region}.amazonaws.com"
        made.setdefault("regionalDomainName", own)
        made["regionalHostedZoneId"] = REGIONAL_ZONES.get(region, "Z2OJLYMUO9EFXC")
    return made


def _need(body: Mapping[str, Any], *members: str) -> None:
    if not any(body.get(member) for member in members):
        raise BadRequest("A certificate must be provided for the custom domain name")


def base_path(given: str | None) -> str:
    """As it is kept: empty for none. BadRequestException."""
    if given in (None, "", NONE):
        return ""
    assert given is not None
    if not _BASE_PATH.match(given):
        raise BadRequest("Base path contains invalid characters: " + given)
    return given
