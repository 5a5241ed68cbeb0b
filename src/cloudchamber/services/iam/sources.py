"""IAM as the cloud's source of credentials and policies: whose key is this, and which policies apply to a principal.

What is worked out here is kept by `identity.authorize.Identities` until the store says that something changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.identity import principals
from cloudchamber.identity.authorize import NO_POLICIES, compiled
from cloudchamber.identity.credentials import Credential
from cloudchamber.identity.evaluate import PolicySet
from cloudchamber.services.iam import managed_policies

if TYPE_CHECKING:
    from cloudchamber.identity.document import Policy
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.iam.managed_policies import ManagedPolicy
    from cloudchamber.services.iam.records import AccessKey, CustomerPolicy, User
    from cloudchamber.services.iam.store import IamStore

ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
ALLOW_NOTHING = '{"Version":"2012-10-17","Statement":[]}'
_AWS_POLICY = "arn:aws:iam::aws:policy/"


def credential(store: IamStore, access_key_id: str) -> Credential | None:
    key = store.keys.get(access_key_id)
    if key is None or not key.is_active:
        return None
    if key.user_id == key.account:
        return Credential(key.id, key.secret, principals.root(key.account))
    user = store.user_by_id(key.user_id)
    return None if user is None else Credential(key.id, key.secret, principal_of(user))


def principal_of(user: User) -> Principal:
    """A user as the caller of a request."""
    return principals.Principal("user", user.account, user.arn, user.id, user.arn, user.name, user.tags)


def owner_of(store: IamStore, key: AccessKey) -> User | None:
    """The user of an access key; None for a root key."""
    return None if key.user_id == key.account else store.user_by_id(key.user_id)


def policy_by_arn(store: IamStore, arn: str) -> CustomerPolicy | ManagedPolicy | None:
    if arn.startswith(_AWS_POLICY):
        return managed_policies.load().get(arn)
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("policy/"):
        return None
    found = store.policies.get(parts[4], parts[5].rpartition("/")[2].lower())
    return found if found is not None and found.arn == arn else None


def policies(store: IamStore, principal: Principal) -> PolicySet:
    """A session whose role or user has gone has no policies, whoever now bears the name."""
    if principal.kind == "user":
        user = store.user_by_id(principal.user_id)
        return NO_POLICIES if user is None else PolicySet(_of_user(store, user), _boundary(store, user.boundary))
    if principal.kind == "role":
        return _of_role_session(store, principal)
    return _of_federated_session(store, principal)


def _of_role_session(store: IamStore, principal: Principal) -> PolicySet:
    account, name = principal.account, principal.entity_arn.rpartition("/")[2]
    role = store.roles.get(account, name.lower())
    role_id = principal.user_id.partition(":")[0]
    if role is None or (role_id.startswith("AROA") and role_id != role.id):
        return NO_POLICIES
    session = principal.session
    limited = session is not None and (session.policies or session.policy_arns)
    return PolicySet(
        _own(store, role.id),
        _boundary(store, role.boundary),
        _of_session(store, principal) if limited else None,
    )


def _of_federated_session(store: IamStore, principal: Principal) -> PolicySet:
    session_policies = _of_session(store, principal)
    if principal.entity_arn.endswith(":root"):
        return PolicySet((compiled(ALLOW_ALL, "root"),), None, session_policies)
    user = store.users.get(principal.account, principal.entity_arn.rpartition("/")[2].lower())
    if user is None or user.arn != principal.entity_arn:
        return NO_POLICIES
    return PolicySet(_of_user(store, user), _boundary(store, user.boundary), session_policies)


def _of_user(store: IamStore, user: User) -> tuple[Policy, ...]:
    found = list(_own(store, user.id))
    for membership in store.memberships.where(user_id=user.id):
        found.extend(_own(store, membership.group_id))
    return tuple(found)


def _own(store: IamStore, owner_id: str) -> tuple[Policy, ...]:
    """Inline and attached policies of one user, group or role."""
    found = [compiled(inline.document, inline.name) for inline in store.inline_of(owner_id)]
    for attachment in store.attached_to(owner_id):
        policy = _managed(store, attachment.policy_arn)
        if policy is not None:
            found.append(policy)
    return tuple(found)


def _managed(store: IamStore, arn: str | None) -> Policy | None:
    found = None if arn is None else policy_by_arn(store, arn)
    return None if found is None else compiled(found.document, found.name)


def _boundary(store: IamStore, arn: str | None) -> Policy | None:
    """A boundary that is not there any more (an AWS policy of another release) bounds everything."""
    return None if arn is None else _managed(store, arn) or compiled(ALLOW_NOTHING, arn)


def _of_session(store: IamStore, principal: Principal) -> tuple[Policy, ...]:
    session = principal.session
    if session is None:
        return ()
    inline = [compiled(document, f"session policy {index}") for index, document in enumerate(session.policies, 1)]
    attached = (_managed(store, arn) for arn in session.policy_arns)
    return (*inline, *(policy for policy in attached if policy is not None))
