"""Buckets in host names: virtual-hosted requests become path-style ones before anything else looks at the path.

`photos.s3.eu-west-1.localhost/cat.jpg` is `/photos/cat.jpg`, `photos.s3-website.localhost/` is `/_website/photos/`.
The signature is still held against what was sent (`Request.sent_path`).
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from cloudchamber.gateway.hosts import Address, host_labels, is_region
from cloudchamber.protocol.routing import action_of
from cloudchamber.registry import index

if TYPE_CHECKING:
    from cloudchamber.gateway.http import Request

SERVICE = "s3"
WEBSITE = "/_website"
_WEBSITE_LABEL = re.compile(r"s3-website(?:-[a-z0-9-]+)?\Z")
_S3_LABEL = re.compile(r"s3(?:-accelerate|-external-1|-fips|-[a-z]{2}-[a-z]+-\d|-website(?:-[a-z0-9-]+)?)?\Z")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}\Z")
HOSTS_MAX = 4096


@lru_cache(maxsize=HOSTS_MAX)
def path_prefix(host: str) -> str:
    """What a host puts in front of the path: `/photos`, `/_website/photos`; empty for a host that names no bucket."""
    labels = host_labels(host)
    for at in range(len(labels) - 1, -1, -1):
        if _S3_LABEL.match(labels[at]) is not None and all(_may_follow(label) for label in labels[at + 1 :]):
            bucket = ".".join(labels[:at])
            if not bucket:
                return ""
            return f"{WEBSITE}/{bucket}" if _WEBSITE_LABEL.match(labels[at]) else f"/{bucket}"
    # `photos.localhost`: a bucket unless a service is called so. AWS's own names are never a bucket alone.
    if not labels or host.partition(":")[0].endswith(("amazonaws.com", "amazonaws.com.cn", "api.aws")):
        return ""
    if any(label in index()["endpoints"] for label in labels):
        return ""
    return "/" + ".".join(labels)


def _may_follow(label: str) -> bool:
    return label == "dualstack" or is_region(label)


def place(request: Request) -> None:
    """Put the bucket that a request's host names into its path."""
    prefix = path_prefix(request.host)
    if prefix:
        request.path = prefix + request.sent_path


def by_host(request: Request) -> Address | None:
    """S3, where the host names a bucket. For requests without a signature, which would say more."""
    return Address(SERVICE) if path_prefix(request.host) and "x-amz-target" not in request.headers else None


def unclaimed(request: Request) -> Address | None:
    """S3, for what nobody else claims and has the form of an anonymous path-style request: `GET /photos/cat.jpg`."""
    bucket = request.path[1:].partition("/")[0]
    if _BUCKET.match(bucket) is None or "x-amz-target" in request.headers or action_of(request) is not None:
        return None
    return Address(SERVICE)
