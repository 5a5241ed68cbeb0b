"""AWS's public parameters (`/aws/service/…`), as far as templates use them. Pure.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
The names are AWS's. The values are made up: image ids follow from region and name, so that each region has its own and
they never change. Nobody can start anything from them elsewhere.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = 1
MODIFIED_AT = 1_735_689_600.0  # 2025-01-01
_AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest"
_WINDOWS = "/aws/service/ami-windows-latest"
_ECS = "/aws/service/ecs/optimized-ami"
_EKS = "/aws/service/eks/optimized-ami"
_UBUNTU = "/aws/service/canonical/ubuntu/server"
_REGIONS_PATH = "/aws/service/global-infrastructure/regions"

_IMAGES = (
    *(f"{_AMAZON_LINUX}/al2023-ami-{kernel}-{cpu}" for kernel in ("kernel-default", "kernel-6.1", "kernel-6.12",
        "minimal-kernel-default", "minimal-kernel-6.1") for cpu in ("arm64", "x86_64")),
    *(f"{_AMAZON_LINUX}/amzn2-ami-{kind}" for kind in ("hvm-arm64-gp2", "hvm-x86_64-ebs", "hvm-x86_64-gp2",
        "kernel-5.10-hvm-arm64-gp2", "kernel-5.10-hvm-x86_64-ebs", "kernel-5.10-hvm-x86_64-gp2",
        "minimal-hvm-arm64-ebs", "minimal-hvm-x86_64-ebs")),
    *(f"{_AMAZON_LINUX}/amzn-ami-hvm-x86_64-{kind}" for kind in ("ebs", "gp2")),
    *(f"{_WINDOWS}/Windows_Server-{year}-English-{kind}-Base" for year in (2016, 2019, 2022, 2025)
        for kind in ("Core", "Full")),
    *(f"{_UBUNTU}/{release}/stable/current/{cpu}/hvm/ebs-gp{disk}/ami-id" for release, disk in (("20.04", 2),
        ("22.04", 2), ("24.04", 3)) for cpu in ("amd64", "arm64")),
    *(f"/aws/service/debian/release/{release}/latest/{cpu}" for release in (11, 12) for cpu in ("amd64", "arm64")),
    *(f"/aws/service/bottlerocket/aws-ecs-{variant}/{cpu}/latest/image_id" for variant in (1, 2)
        for cpu in ("arm64", "x86_64")),
)  # fmt: skip
# Groups of images whose `recommended` tells more than the id.
_ECS_KINDS = (
    "amazon-linux-2", "amazon-linux-2/arm64", "amazon-linux-2/gpu", "amazon-linux-2023", "amazon-linux-2023/arm64",
)  # fmt: skip
_EKS_KINDS = tuple(
    f"{release}/{kind}"
    for release in ("1.29", "1.30", "1.31", "1.32")
    for kind in (
        "amazon-linux-2",
        "amazon-linux-2023/x86_64/standard",
        "amazon-linux-2023/arm64/standard",
    )
)
_REGIONS = {
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ca-central-1": "Canada (Central)",
    "eu-central-1": "Europe (Frankfurt)",
    "eu-north-1": "Europe (Stockholm)",
    "eu-west-1": "Europe (Ireland)",
    "eu-west-2": "Europe (London)",
    "eu-west-3": "Europe (Paris)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}


def image_id(region: str, name: str) -> str:
    """`ami-` and 17 hex digits, always the same for a region and a name."""
    return f"ami-{hashlib.sha256(f'{region} {name}'.encode()).hexdigest()[:17]}"


def data_type(path: str) -> str:
    return "aws:ec2:image" if path.startswith((_AMAZON_LINUX, _WINDOWS, _UBUNTU)) else "text"


@cache
def _all(region: str) -> dict[str, str]:
    """Path -> value, by path."""
    found = {name: image_id(region, name) for name in _IMAGES}
    for root, kinds in ((_ECS, _ECS_KINDS), (_EKS, _EKS_KINDS)):
        for kind in kinds:
            path = f"{root}/{kind}/recommended"
            image = image_id(region, path)
            name = f"{root.split('/')[3]}-{kind.replace('/', '-')}-20250101"
            found[path] = orjson.dumps({"schema_version": "1", "image_id": image, "image_name": name}).decode()
            found[f"{path}/image_id"], found[f"{path}/image_name"] = image, name
    for code, name in _REGIONS.items():
        at = f"{_REGIONS_PATH}/{code}"
        found |= {at: code, f"{at}/longName": name, f"{at}/partition": "aws", f"{at}/domain": "amazonaws.com"}
    return dict(sorted(found.items()))


def value(region: str, path: str) -> str | None:
    """The value of a public parameter; None if there is none of that name."""
    return _all(region).get(path)


def under(region: str, path: str, after: str, *, is_deep: bool) -> Sequence[str]:
    """The public parameters below a path, after one, in order."""
    begin = f"{path}/"
    return [
        name
        for name in _all(region)
        if name.startswith(begin) and name > after and (is_deep or "/" not in name.removeprefix(begin))
    ]
