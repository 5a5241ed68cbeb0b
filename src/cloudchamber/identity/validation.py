"""Is this text a policy document that AWS would accept? Refused ones raise MalformedPolicy with IAM's message.

Three kinds of document share a grammar and differ in what a statement must and must not have: identity policies (no
Principal), trust policies of roles (Principal, no Resource, only STS's AssumeRole actions) and resource policies.
IAM answers one problem at a time; the order here is syntax, then actions, resources, conditions, principals.
AWS: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NoReturn

from cloudchamber.identity.conditions import UnknownOperator, take_apart
from cloudchamber.identity.document import (
    CURRENT_VERSION,
    SYNTAX_ERRORS,
    MalformedKind,
    MalformedPolicy,
    parse_json,
    principal_values,
    scalars,
    strings,
)

DocumentKind = Literal["identity", "trust", "resource"]

_VERSIONS: Final = frozenset({"2008-10-17", CURRENT_VERSION})
_ELEMENTS: Final = frozenset({"Version", "Id", "Statement"})
_STATEMENT_ELEMENTS: Final = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_PARTITIONS: Final = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")
_IAM_PATHS: Final = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)
_S3_REGIONAL: Final = ("accesspoint", "job/", "storage-lens", "async-request/", "access-grants")
_FAMILIES: Final = ("kms:encryptioncontext:", "kms:recipientattestation:")
_TRUST_ACTIONS: Final = frozenset({"sts:tagsession", "sts:setsourceidentity", "sts:setcontext", "sts:*"})

_SID = re.compile(r"[0-9A-Za-z]*")
_VENDOR = re.compile(r"[A-Za-z0-9-]+")
_ACTION_NAME = re.compile(r"[A-Za-z0-9*?-]+")
_PRINCIPAL_ARN = re.compile(
    r"arn:[a-z-]+:(iam::\d{12}:(root|(user|role)/[!-~]+)|iam::cloudfront:user/[ -~]+"
    r"|sts::\d{12}:(assumed-role|federated-user)/[!-~]+)"
)
_PRINCIPAL_ID = re.compile(r"\d{12}|A(ID|RO)A[A-Z0-9]{12,124}")
_SERVICE_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_FEDERATED = re.compile(r"arn:[a-z-]+:iam::\d{12}:(saml-provider|oidc-provider)/[!-~]+|[a-z0-9-]+(\.[a-z0-9-]+)+")


def validate_identity_policy(text: str, *, managed: bool = False) -> None:
    """A policy of a user, group or role, or a session policy. Managed policies must state today's version."""
    body = parse_json(text)
    for statement in _statements(body, managed=managed):
        if "Principal" in statement or "NotPrincipal" in statement:
            _refuse("Policy document should not specify a principal.", "principal")
        _check_actions(statement)
        _check_resources(statement)
        _check_conditions(statement)
    _check_sids(body, alphanumeric=True)


def validate_trust_policy(text: str) -> None:
    """The AssumeRolePolicyDocument of a role."""
    try:
        body = parse_json(text)
    except MalformedPolicy:
        raise MalformedPolicy("This policy contains invalid Json") from None
    for statement in _statements(body):
        for prohibited in ("Resource", "NotResource"):
            if prohibited in statement:
                _refuse(f"Has prohibited field {prohibited}", "resource")
        _check_actions(statement)
        if "NotAction" in statement or not all(map(_assumes_role, strings(statement["Action"]))):
            _refuse("AssumeRole policy may only specify STS AssumeRole actions.", "action")
        _check_conditions(statement)
        _check_principal(statement)
    _check_sids(body, alphanumeric=True)


def validate_resource_policy(text: str, *, vendor: str = "", resource_required: bool = True) -> None:
    """A policy of a bucket, queue, topic, function, key, …; with `vendor` ("s3") its actions must be that service's."""
    body = parse_json(text)
    for statement in _statements(body):
        _check_actions(statement)
        for action in strings(statement.get("Action", [])) if vendor else ():
            if action != "*" and action.partition(":")[0].lower() not in {vendor, "*"}:
                _refuse("Policy has invalid action", "action")
        if resource_required or "Resource" in statement or "NotResource" in statement:
            _check_resources(statement)
        _check_conditions(statement)
        _check_principal(statement)
    _check_sids(body, alphanumeric=False)


def _refuse(message: str = SYNTAX_ERRORS, kind: MalformedKind = "syntax") -> NoReturn:
    raise MalformedPolicy(message, kind)


def _statements(body: Any, *, managed: bool = False) -> Iterator[Mapping[str, Any]]:
    if not isinstance(body, Mapping) or not body.keys() <= _ELEMENTS or not isinstance(body.get("Id", ""), str):
        _refuse()
    version = body.get("Version")
    if managed and version != CURRENT_VERSION:
        _refuse("Policy document must be version 2012-10-17 or greater.", "version")
    if version is not None and (not isinstance(version, str) or version not in _VERSIONS):
        _refuse(kind="version")
    statements = body.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        _refuse()
    for statement in statements:
        if not isinstance(statement, Mapping) or not statement.keys() <= _STATEMENT_ELEMENTS:
            _refuse()
        if statement.get("Effect") not in ("Allow", "Deny"):
            _refuse(kind="effect")
        if not isinstance(statement.get("Sid", ""), str):
            _refuse(kind="sid")
        for element in ("Principal", "Action", "Resource"):
            if element in statement and f"Not{element}" in statement:
                _refuse()
    yield from statements


def _check_sids(body: Mapping[str, Any], *, alphanumeric: bool) -> None:
    statements = body["Statement"]
    sids = [
        item["Sid"] for item in ([statements] if isinstance(statements, Mapping) else statements) if item.get("Sid")
    ]
    if alphanumeric and not all(_SID.fullmatch(sid) for sid in sids):
        _refuse(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*",
            "sid",
        )
    if len(set(sids)) < len(sids):
        _refuse("Statement IDs (SID) in a single policy must be unique.", "sid")


def _check_actions(statement: Mapping[str, Any]) -> None:
    element = "NotAction" if "NotAction" in statement else "Action"
    if not statement.get(element):
        _refuse("Policy statement must contain actions.", "action")
    for action in strings(statement[element]):
        if action == "*":
            continue
        vendor, colon, name = action.partition(":")
        if not colon:
            _refuse("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", "action")
        if ":" in name:
            _refuse("Actions/Condition can contain only one colon.", "action")
        if vendor != "*" and not _VENDOR.fullmatch(vendor):
            _refuse(f"Vendor {vendor} is not valid", "action")
        if not _ACTION_NAME.fullmatch(name):
            _refuse("The policy failed legacy parsing", "action")


def _assumes_role(action: str) -> bool:
    return action.lower().startswith("sts:assumerole") or action.lower() in _TRUST_ACTIONS


def _check_resources(statement: Mapping[str, Any]) -> None:
    element = "NotResource" if "NotResource" in statement else "Resource"
    if not statement.get(element):
        _refuse("Policy statement must contain resources.", "resource")
    for resource in strings(statement[element]):
        if resource != "*":
            _check_resource(resource)


def _check_resource(resource: str) -> None:
    parts = resource.split(":", 5)
    if parts[0] != "arn" or len(parts) < 3:
        _refuse(f'Resource {resource} must be in ARN format or "*".', "resource")
    partition, vendor = parts[1], parts[2]
    if partition != "*" and partition not in _PARTITIONS:
        _refuse(f'Partition "{partition}" is not valid for resource "{resource}".', "resource")
    if len(parts) < 4 and vendor == "*":
        return
    if not _VENDOR.fullmatch(vendor):
        _refuse("Resource vendor must be fully qualified and cannot contain regexes.", "resource")
    if len(parts) < 6 and not resource.endswith("*"):
        _refuse("The policy failed legacy parsing", "resource")
    region = parts[3] if len(parts) > 3 else ""
    path = parts[5] if len(parts) > 5 else "*"
    if vendor == "iam":
        if region not in {"", "*"}:
            _refuse(f"IAM resource {resource} cannot contain region information.", "resource")
        if path not in {"*", "root"} and not path.startswith(_IAM_PATHS):
            _refuse(f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.', "resource")
    elif vendor == "s3" and _VENDOR.fullmatch(region) and not path.startswith(_S3_REGIONAL):
        _refuse(f"Resource {resource} can not contain region information.", "resource")


def _check_conditions(statement: Mapping[str, Any]) -> None:
    block = statement.get("Condition", {})
    if not isinstance(block, Mapping):
        _refuse(kind="condition")
    for operator_name, keys in block.items():
        if not isinstance(keys, Mapping):
            _refuse(kind="condition")
        try:
            take_apart(operator_name)
        except UnknownOperator:
            _refuse(f"Invalid Condition type : {operator_name}.", "condition")
        for key, values in keys.items():
            if ":" not in key:
                _refuse("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", "condition")
            # Tag keys ("aws:ResourceTag/aws:cloudformation:stack-name"), issuer URLs and KMS's families may have more.
            if key.count(":") > 1 and "/" not in key and not key.lower().startswith(_FAMILIES):
                _refuse("Actions/Condition can contain only one colon.", "condition")
            scalars(values)


def _check_principal(statement: Mapping[str, Any]) -> None:
    element = "NotPrincipal" if "NotPrincipal" in statement else "Principal"
    principals = principal_values(statement[element]) if statement.get(element) else []
    if not principals:
        _refuse("Missing required field Principal", "principal")
    for kind, value in principals:
        if not _known_principal(kind, value):
            _refuse(f'Invalid principal in policy: "{kind.upper()}":"{value}"', "principal")


def _known_principal(kind: str, value: str) -> bool:
    if kind == "*":
        return True
    if kind == "AWS":
        return value == "*" or bool(_PRINCIPAL_ARN.fullmatch(value) or _PRINCIPAL_ID.fullmatch(value))
    if kind == "Service":
        return value == "*" or bool(_SERVICE_NAME.fullmatch(value))
    if kind == "Federated":
        return value == "*" or bool(_FEDERATED.fullmatch(value))
    return kind == "CanonicalUser"
