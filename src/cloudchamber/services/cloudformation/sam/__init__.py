"""The transform `AWS::Serverless-2016-10-31`: templates of the Serverless Application Model, written out by AWS's own
translator.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.identity.principals import root
from cloudchamber.services.cloudformation.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

TRANSFORM = "AWS::Serverless-2016-10-31"
APPLICATION = "AWS::Serverless::Application"


async def transform(ctx: Context, template: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The template without what is only SAM's: resources, `Globals` and connectors written out.

    `template` has intrinsic functions in their long form; `parameters` are the values of its parameters. Runs off the
    loop: the first time the translator is imported, which takes about a second. ValidationError as CloudFormation
    words it.
    """
    raw = orjson.dumps(template)
    _refuse(template)
    policies = await _managed_policies(ctx) if b'"Policies"' in raw else {}
    found, faults = await asyncio.to_thread(_translated, raw, dict(parameters), policies, ctx.region)
    if faults:
        raise ValidationError(f"Transform {TRANSFORM} failed with: {faults}")
    return found


def _translated(
    raw: bytes, parameters: dict[str, Any], policies: dict[str, str], region: str
) -> tuple[dict[str, Any], str]:
    from cloudchamber.services.cloudformation.sam.translating import translated  # noqa: PLC0415 - see `transform`

    return translated(raw, parameters, policies, region)


def _refuse(template: Mapping[str, Any]) -> None:
    """The Serverless Application Repository is somewhere else; an application in a bucket is a nested stack."""
    resources = template.get("Resources")
    for name, resource in resources.items() if isinstance(resources, dict) else ():
        location = isinstance(resource, dict) and (resource.get("Properties") or {}).get("Location")
        if location and resource.get("Type") == APPLICATION and not isinstance(location, str):
            raise ValidationError(
                f"Transform {TRANSFORM} failed with: Resource with id [{name}] is invalid. Applications of the "
                "Serverless Application Repository are not implemented in cloudchamber"
            )


async def _managed_policies(ctx: Context) -> dict[str, str]:
    """AWS's own policies by name, which templates may name without their ARN."""
    found: dict[str, str] = {}
    marker: dict[str, str] = {}
    while True:
        request = {"Scope": "AWS", "MaxItems": 1000, **marker}
        page = await ctx.call("iam:ListPolicies", principal=root(ctx.account), **request)  # type: ignore[arg-type]
        found.update((policy["PolicyName"], policy["Arn"]) for policy in page["Policies"])
        if not page.get("IsTruncated"):
            return found
        marker = {"Marker": page["Marker"]}
