"""kill -9 in the middle of sign-ups and sign-ins: who was told to be in is in, once; what was revoked stays so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.recovery.test_kill import KillableServer
from tests.services.cognito_idp.user_pool_calls import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

FLOWS = ["ALLOW_USER_PASSWORD_AUTH"]


@pytest.fixture
def server(tmp_path: Path) -> Any:
    made = KillableServer(tmp_path / "data")
    made.start()
    yield made
    made.kill()


def test_grants_and_users_are_whole_after_kill_9(server: KillableServer):
    idp = server.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS, EnableTokenRevocation=True,
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )["UserPoolClient"]["ClientId"]  # fmt: skip

    def signed_up(name: str) -> dict[str, Any]:
        idp.sign_up(ClientId=client, Username=name, Password=PASSWORD)
        idp.admin_confirm_sign_up(UserPoolId=pool, Username=name)
        return sign_in(name)

    def sign_in(name: str) -> dict[str, Any]:
        found: dict[str, Any] = server.client("cognito-idp").initiate_auth(
            ClientId=client, AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]  # fmt: skip
        return found

    def fresh(token: str) -> str:
        made = server.client("cognito-idp").get_tokens_from_refresh_token(ClientId=client, RefreshToken=token)
        return str(made["AuthenticationResult"]["RefreshToken"])

    known = {f"u{at}": signed_up(f"u{at}") for at in range(4)}
    used = known["u0"]["RefreshToken"]
    rotated = fresh(used)
    idp.revoke_token(Token=known["u1"]["RefreshToken"], ClientId=client)
    idp.admin_user_global_sign_out(UserPoolId=pool, Username="u2")
    with ThreadPoolExecutor(4) as threads:
        later = [threads.submit(signed_up, f"v{at}") for at in range(8)]
        later[0].result()
        server.kill()
        told = {}
        for at, one in enumerate(later):
            try:
                told[f"v{at}"] = one.result()
            except (BotoCoreError, ClientError):
                continue
    server.start()
    idp = server.client("cognito-idp")
    assert {user["Username"] for user in idp.list_users(UserPoolId=pool)["Users"]} >= set(known) | set(told)
    for name, found in told.items():
        assert idp.get_user(AccessToken=found["AccessToken"])["Username"] == name
        assert fresh(found["RefreshToken"])
    for token in (used, known["u1"]["RefreshToken"], known["u2"]["RefreshToken"]):
        with pytest.raises(ClientError) as caught:
            fresh(token)
        assert caught.value.response["Error"]["Code"] in ("NotAuthorizedException", "RefreshTokenReuseException")
    for name in ("u1", "u2"):
        with pytest.raises(ClientError):
            idp.get_user(AccessToken=known[name]["AccessToken"])
    assert fresh(rotated) and sign_in("u3")
