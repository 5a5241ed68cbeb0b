"""Users of a user pool in an identity pool: their groups' roles, and what the pool knows of who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.services.cognito_identity.identity_calls import Federation, forbidden, trusting
from tests.services.cognito_identity.test_cognito_identity_logins import UNSUPPORTED, UNVERIFIED
from tests.services.sts.sts_calls import EVERYTHING, refusal

PASSWORD = "Passw0rd!"


@dataclass
class People:
    """A user pool in front of the identity pool."""

    federation: Federation
    idp: Any
    pool: str
    client: str

    @property
    def name(self) -> str:
        return f"cognito-idp.us-east-1.amazonaws.com/{self.pool}"

    def add(self, user: str, *groups: str) -> None:
        self.idp.admin_create_user(UserPoolId=self.pool, Username=user, MessageAction="SUPPRESS")
        self.idp.admin_set_user_password(UserPoolId=self.pool, Username=user, Password=PASSWORD, Permanent=True)
        for group in groups:
            self.idp.admin_add_user_to_group(UserPoolId=self.pool, Username=user, GroupName=group)

    def tokens(self, user: str) -> Any:
        asked = {"USERNAME": user, "PASSWORD": PASSWORD}
        answer = self.idp.initiate_auth(ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=asked)
        return answer["AuthenticationResult"]

    def logins(self, user: str) -> dict[str, str]:
        return {self.name: self.tokens(user)["IdToken"]}

    def register(self, **more: Any) -> None:
        """Let the identity pool take this pool's users."""
        provider = {"ProviderName": self.name, "ClientId": self.client, **more}
        self.federation.update(CognitoIdentityProviders=[provider])


@pytest.fixture
def people(federation):
    idp = federation.actors.root.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)["UserPoolClient"]
    found = People(federation, idp, pool, made["ClientId"])
    found.register()
    found.add("ann")
    return found


def test_a_user_gets_credentials_of_their_own(federation, people):
    federation.with_roles()
    ann = federation.id(Logins=people.logins("ann"))
    assert federation.id(Logins=people.logins("ann")) == ann
    session = federation.session(ann, Logins=people.logins("ann"))
    assert ":assumed-role/users/" in session.client("sts").get_caller_identity()["Arn"]


def test_the_session_knows_the_user_of_the_pool(federation, people):
    sub = next(
        one["Value"] for one in people.idp.admin_get_user(UserPoolId=people.pool, Username="ann")["UserAttributes"]
        if one["Name"] == "sub"
    )  # fmt: skip
    amr = f"{people.name}:CognitoSignIn:{sub}"
    key = "cognito-identity.amazonaws.com:amr"
    federation.with_roles(users={**EVERYTHING, "Condition": {"ForAnyValue:StringEquals": {key: amr}}})
    people.add("bob")
    for name, is_allowed in (("ann", True), ("bob", False)):
        identity = federation.id(Logins=people.logins(name))
        sqs = federation.session(identity, Logins=people.logins(name)).client("sqs")
        if is_allowed:
            sqs.list_queues()
        else:
            assert refusal(sqs.list_queues)[0] == "AccessDenied"


def test_tokens_that_do_not_count(federation, people):
    get_id, pool = federation.anyone.get_id, federation.pool
    tokens = people.tokens("ann")
    access = refusal(get_id, IdentityPoolId=pool, Logins={people.name: tokens["AccessToken"]})
    assert access == ("NotAuthorizedException", "Invalid login token. Missing a required claim: aud")
    other = people.idp.create_user_pool_client(
        UserPoolId=people.pool, ClientName="other", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    of_other = People(federation, people.idp, people.pool, other)
    assert refusal(get_id, IdentityPoolId=pool, Logins=of_other.logins("ann")) == UNSUPPORTED
    head, body, signature = tokens["IdToken"].split(".")
    tampered = f"{head}.{body}.{signature[::-1]}"
    assert refusal(get_id, IdentityPoolId=pool, Logins={people.name: tampered}) == UNVERIFIED


def test_the_pool_is_asked_about_who_was_signed_out_only_if_it_is_to_be(federation, people, frozen_clock):
    federation.with_roles()
    logins = people.logins("ann")
    ann = federation.id(Logins=logins)
    frozen_clock.advance(1)
    people.idp.admin_user_global_sign_out(UserPoolId=people.pool, Username="ann")
    federation.credentials(ann, Logins=logins)
    people.register(ServerSideTokenCheck=True)
    code, message = federation.refused(ann, Logins=logins)
    assert (code, message.partition(".")[0]) == ("NotAuthorizedException", "Invalid login token")
    logins = people.logins("ann")
    federation.credentials(ann, Logins=logins)
    people.idp.admin_disable_user(UserPoolId=people.pool, Username="ann")
    assert federation.refused(ann, Logins=logins)[0] == "NotAuthorizedException"
    people.idp.admin_enable_user(UserPoolId=people.pool, Username="ann")
    logins = people.logins("ann")
    federation.credentials(ann, Logins=logins)
    people.idp.admin_delete_user(UserPoolId=people.pool, Username="ann")
    assert federation.refused(ann, Logins=logins)[0] == "NotAuthorizedException"


def test_a_groups_role_comes_with_the_token(federation, people):
    actors = federation.actors
    key = f"{people.name}:{people.client}"
    federation.with_roles(**{key: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}})
    for name in ("admins", "editors"):
        role = actors.role(name, trusting(federation.pool, "authenticated"), EVERYTHING)
        people.idp.create_group(UserPoolId=people.pool, GroupName=name, RoleArn=role, Precedence=len(name))
    people.add("root", "admins", "editors")
    people.add("eve", "editors")

    def role_of(user, **more):
        logins = people.logins(user)
        session = federation.session(federation.id(Logins=logins), Logins=logins, **more)
        return session.client("sts").get_caller_identity()["Arn"].split("/")[1]

    assert role_of("root") == "admins"
    assert role_of("root", CustomRoleArn=f"arn:aws:iam::{actors.account}:role/editors") == "editors"
    assert role_of("eve") == "editors"
    logins = people.logins("eve")
    eve = federation.id(Logins=logins)
    admins = f"arn:aws:iam::{actors.account}:role/admins"
    assert federation.refused(eve, Logins=logins, CustomRoleArn=admins) == forbidden(eve)
    logins = people.logins("ann")  # in no group
    ann = federation.id(Logins=logins)
    assert federation.refused(ann, Logins=logins) == forbidden(ann)


def test_a_guest_signs_in_and_brings_the_identity_along(federation, people):
    federation.with_roles()
    guest = federation.id()
    logins = people.logins("ann")
    assert federation.credentials(guest, Logins=logins)["IdentityId"] == guest
    both = {**logins, **federation.logins("ann")}
    assert federation.credentials(guest, Logins=both)["IdentityId"] == guest
    assert federation.user("ann") == guest
