"""Attacks on user pools: guessing from many sides at once, names that are told apart, attributes slipped in."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudchamber.services.cognito_idp import totp
from tests.services.cognito_idp.user_pool_calls import PASSWORD, Site, as_list, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.testing.cloud import CloudClock
    from tests.services.cognito_idp_pages.conftest import App

LOCKED = "Password attempts exceeded"
WRONG = "Incorrect username or password."


def message(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    return "in"


# guessing


def test_guesses_made_all_at_once_are_counted_like_those_in_turn(site: Site, frozen_clock: CloudClock):
    site.add("ann")
    with ThreadPoolExecutor(20) as threads:
        said = Counter(
            threads.map(lambda at: message(lambda: site.begin(USERNAME="ann", PASSWORD=f"Wrong{at}!x")), range(40))
        )
    assert said == {WRONG: 5, LOCKED: 35}
    assert message(lambda: site.sign_in("ann")) == LOCKED
    frozen_clock.advance(1.5)
    assert site.sign_in("ann")["AccessToken"]


def test_wrong_codes_of_a_second_factor_lock_out_too(site: Site, frozen_clock: CloudClock):
    """Whoever has the password must not have as many tries at the code as they like, a sign-in for each few."""
    site.idp.set_user_pool_mfa_config(
        UserPoolId=site.pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    site.add("ann")
    token = site.sign_in("ann")["AccessToken"]
    secret = site.idp.associate_software_token(AccessToken=token)["SecretCode"]
    right = totp.code(secret, int(frozen_clock.now() // 30))
    site.idp.verify_software_token(AccessToken=token, UserCode=right)
    site.idp.admin_set_user_mfa_preference(
        UserPoolId=site.pool, Username="ann", SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    tries = 0
    for _ in range(3):
        if message(lambda: site.begin(USERNAME="ann", PASSWORD=PASSWORD)) == LOCKED:
            break
        challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
        for _ in range(3):
            tries += 1
            wrong = f"x{tries}"
            assert message(lambda c=challenge, w=wrong: site.answer(c, "ann", SOFTWARE_TOKEN_MFA_CODE=w)) != "in"  # type: ignore[misc]
    assert tries <= 6
    assert message(lambda: site.begin(USERNAME="ann", PASSWORD=PASSWORD)) == LOCKED


# names


@pytest.mark.parametrize("password", ["weak", "Str0ng!enough"])
def test_a_new_password_tells_nothing_of_who_there_is(make: Callable[..., Site], password: str):
    site = make(AutoVerifiedAttributes=["email"], client={"PreventUserExistenceErrors": "ENABLED"})
    site.add("ann", email="ann@example.com", email_verified="true")
    site.idp.forgot_password(ClientId=site.client, Username="ann")
    said = {
        message(
            lambda name=name: site.idp.confirm_forgot_password(  # type: ignore[misc]
                ClientId=site.client, Username=name, ConfirmationCode="000000", Password=password
            )
        )
        for name in ("ann", "nobody")
    }
    assert len(said) == 1


# attributes


def test_the_first_password_is_no_way_to_change_what_cannot_be_changed(make: Callable[..., Site]):
    rank: dict[str, Any] = {"Name": "rank", "AttributeDataType": "String", "Mutable": False}
    site = make(Schema=[rank])
    site.idp.admin_create_user(
        UserPoolId=site.pool, Username="ann", UserAttributes=as_list(custom_rank="clerk"), MessageAction="SUPPRESS",
        TemporaryPassword=PASSWORD,
    )  # fmt: skip
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    change = {"NEW_PASSWORD": "An0ther!one", "userAttributes.custom:rank": "queen"}
    refused("InvalidParameterException", None, lambda: site.answer(challenge, "ann", **change))
    assert site.user("ann")["Attributes"]["custom:rank"] == "clerk"


def test_an_address_given_with_the_first_password_is_not_verified(site: Site):
    site.idp.admin_create_user(
        UserPoolId=site.pool, Username="ann", UserAttributes=as_list(email="ann@example.com", email_verified="true"),
        MessageAction="SUPPRESS", TemporaryPassword=PASSWORD,
    )  # fmt: skip
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    site.answer(challenge, "ann", NEW_PASSWORD="An0ther!one", **{"userAttributes.email": "boss@example.com"})
    assert site.user("ann")["Attributes"]["email_verified"] == "false"


# what is left of a user who is gone


def test_a_code_of_a_user_who_is_gone_is_not_the_next_ones(app: App):
    code = app.signed_in().query["code"]
    app.idp.admin_delete_user(UserPoolId=app.pool, Username="ann")
    app.add("ann", email="other@example.com")
    answer = app.redeem(code)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})
