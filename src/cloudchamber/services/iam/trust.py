"""Trust policies: whom a role trusts. AWS keeps principals by unique id, so that a namesake created later is not meant.

`trusted_ids` remembers the ids; a document is shown with the present ARN of each, or with the bare id of one that has
gone, as AWS does.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cloudchamber.identity.document import MalformedPolicy, parse_json, principal_values
from cloudchamber.identity.validation import validate_trust_policy
from cloudchamber.services.iam.errors import MalformedPolicyDocument

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.services.iam.records import Role, User
    from cloudchamber.services.iam.store import IamStore

_UNIQUE_ID = re.compile(r"A(ID|RO)A[A-Z0-9]+")
_ENTITY = re.compile(r"arn:aws:iam::(\d{12}):(user|role)/(?:[!-~]*/)?([^/]+)")


def trusted_ids(store: IamStore, document: str) -> dict[str, str]:
    """ARN (or id) as written -> unique id, of the users and roles a trust policy names.

    MalformedPolicyDocument if it is no trust policy, or names somebody who does not exist.
    """
    try:
        validate_trust_policy(document)
    except MalformedPolicy as error:
        raise MalformedPolicyDocument(error.message) from None
    return {arn: _id_of(store, arn) for arn in _named(parse_json(document))}


def _named(body: Any) -> Iterator[str]:
    """The users and roles in a document's principals, as they are written."""
    statements = body["Statement"]
    for statement in [statements] if isinstance(statements, dict) else statements:
        for element in ("Principal", "NotPrincipal"):
            for kind, value in principal_values(statement[element]) if element in statement else ():
                if kind == "AWS" and (_ENTITY.fullmatch(value) or _UNIQUE_ID.fullmatch(value)):
                    yield value


def _id_of(store: IamStore, written: str) -> str:
    matched = _ENTITY.fullmatch(written)
    if matched is None:
        found = _by_id(store, written)
    else:
        account, kind, name = matched.groups()
        found = (store.users if kind == "user" else store.roles).get(account, name.lower())
    if found is None or written not in (found.arn, found.id):
        raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{written}"')
    return found.id


def _by_id(store: IamStore, unique_id: str) -> User | Role | None:
    return store.user_by_id(unique_id) if unique_id.startswith("AIDA") else store.role_by_id(unique_id)


def effective(store: IamStore, role: Role) -> str:
    """The trust policy as it stands: the document as it was sent, unless somebody it names was renamed or deleted."""
    changes = {arn: now for arn, unique_id in role.trusted_ids.items() if (now := _now(store, unique_id)) != arn}
    return json.dumps(_replaced(json.loads(role.trust), changes)) if changes else role.trust


def _now(store: IamStore, unique_id: str) -> str:
    found = _by_id(store, unique_id)
    return unique_id if found is None else found.arn


def _replaced(body: Any, changes: Mapping[str, str]) -> Any:
    statements = body["Statement"]
    for statement in [statements] if isinstance(statements, dict) else statements:
        for element in ("Principal", "NotPrincipal"):
            principals = statement.get(element)
            if isinstance(principals, dict) and "AWS" in principals:
                value = principals["AWS"]
                one = isinstance(value, str)
                values = [changes.get(item, item) for item in ([value] if one else value)]
                principals["AWS"] = values[0] if one else values
    return body


def policy_size(document: str) -> int:
    """Characters of a policy as IAM counts them: white space is free."""
    return sum(not character.isspace() for character in document)
