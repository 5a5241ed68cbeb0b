"""Short ways to do with user pools what most tests need: make them, sign up, sign in, read what was sent."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud

PASSWORD = "Passw0rd!"
FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_CUSTOM_AUTH", "ALLOW_USER_AUTH",
]  # fmt: skip


def refused(code: str, message: str | None, call: Any, /, **request: Any) -> str:
    """The call ends with just that error."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    if message is not None:
        assert error["Message"] == message
    return str(error["Message"])


def claims(token: str) -> dict[str, Any]:
    """What a token says, unverified."""
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def as_list(**attributes: str) -> list[dict[str, str]]:
    """`custom_team` stands for `custom:team`."""
    return [{"Name": name.replace("custom_", "custom:"), "Value": value} for name, value in attributes.items()]


def as_dict(listed: list[dict[str, str]]) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in listed}


@dataclass
class Site:
    """A pool with a client, and people who use it."""

    cloud: RunningCloud
    idp: Any
    pool: str
    client: str

    def add(self, username: str, password: str = PASSWORD, **attributes: str) -> None:
        """A confirmed user with a password."""
        self.idp.admin_create_user(
            UserPoolId=self.pool, Username=username, UserAttributes=as_list(**attributes), MessageAction="SUPPRESS"
        )
        self.idp.admin_set_user_password(UserPoolId=self.pool, Username=username, Password=password, Permanent=True)

    def begin(self, flow: str = "USER_PASSWORD_AUTH", **parameters: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.idp.initiate_auth(ClientId=self.client, AuthFlow=flow, AuthParameters=parameters)
        return answer

    def answer(self, challenge: dict[str, Any], name: str, **responses: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.idp.respond_to_auth_challenge(
            ClientId=self.client, ChallengeName=challenge["ChallengeName"], Session=challenge["Session"],
            ChallengeResponses={"USERNAME": name, **responses},
        )  # fmt: skip
        return answer

    def sign_in(self, name: str, password: str = PASSWORD) -> dict[str, Any]:
        """The AuthenticationResult."""
        found: dict[str, Any] = self.begin(USERNAME=name, PASSWORD=password)["AuthenticationResult"]
        return found

    def user(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.idp.admin_get_user(UserPoolId=self.pool, Username=name)
        return {**found, "Attributes": as_dict(found["UserAttributes"])}

    def code(self, to: str) -> str:
        """The code in the latest message to an address."""
        latest = self.cloud.mail(to)[0]
        found = re.search(r"\d{6,8}", latest.text or latest.html)
        assert found is not None
        return found[0]
