"""Signing up: SignUp, ConfirmSignUp, ResendConfirmationCode; names, aliases, passwords."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.services.cognito_idp import passwords
from tests.services.cognito_idp.user_pool_calls import PASSWORD, Site, as_list, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.testing import CloudClock


def sign_up(site: Site, name: str, password: str = PASSWORD, **attributes: str) -> Any:
    return site.idp.sign_up(
        ClientId=site.client, Username=name, Password=password, UserAttributes=as_list(**attributes)
    )


def test_signing_up_sends_a_code_and_the_code_confirms(site: Site, account: str):
    address = f"ann-{account}@example.com"
    made = sign_up(site, "ann", email=address)
    assert made["UserConfirmed"] is False
    assert made["CodeDeliveryDetails"] == {
        "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"
    }  # fmt: skip
    mail = site.cloud.mail(address)[0]
    assert (mail.sender, mail.subject) == ("no-reply@verificationemail.com", "Your verification code")
    assert site.user("ann")["UserStatus"] == "UNCONFIRMED"
    site.idp.confirm_sign_up(ClientId=site.client, Username="ann", ConfirmationCode=site.code(address))
    user = site.user("ann")
    assert user["UserStatus"] == "CONFIRMED"
    assert user["Attributes"] == {"sub": made["UserSub"], "email": address, "email_verified": "true"}


def test_a_wrong_code_and_a_used_one_confirm_nothing(site: Site, account: str):
    address = f"ann-{account}@example.com"
    sign_up(site, "ann", email=address)
    code = site.code(address)
    wrong = "000000" if code != "000000" else "000001"
    confirm = site.idp.confirm_sign_up
    asked = {"ClientId": site.client, "Username": "ann"}
    text = "Invalid verification code provided, please try again."
    refused("CodeMismatchException", text, confirm, **asked, ConfirmationCode=wrong)
    confirm(**asked, ConfirmationCode=code)
    text = "User cannot be confirmed. Current status is CONFIRMED"
    refused("NotAuthorizedException", text, confirm, **asked, ConfirmationCode=code)
    refused("InvalidParameterException", "User is already confirmed.", site.idp.resend_confirmation_code, **asked)


def test_a_code_is_void_after_a_day(site: Site, account: str, frozen_clock: CloudClock):
    address = f"ann-{account}@example.com"
    sign_up(site, "ann", email=address)
    code = site.code(address)
    frozen_clock.advance(24 * 3600)
    text = "Invalid code provided, please request a code again."
    asked = {"ClientId": site.client, "Username": "ann"}
    refused("ExpiredCodeException", text, site.idp.confirm_sign_up, **asked, ConfirmationCode=code)
    site.idp.resend_confirmation_code(**asked)
    site.idp.confirm_sign_up(**asked, ConfirmationCode=site.code(address))


def test_wrong_codes_and_codes_asked_for_are_limited(site: Site, account: str):
    address = f"ann-{account}@example.com"
    sign_up(site, "ann", email=address)
    asked = {"ClientId": site.client, "Username": "ann"}
    code = site.code(address)
    for at in range(5):
        refused("CodeMismatchException", None, site.idp.confirm_sign_up, **asked, ConfirmationCode=f"{code}{at}")
    text = "Attempt limit exceeded, please try after some time."
    refused("LimitExceededException", text, site.idp.confirm_sign_up, **asked, ConfirmationCode=code)
    for _ in range(4):
        site.idp.resend_confirmation_code(**asked)
    refused("LimitExceededException", text, site.idp.resend_confirmation_code, **asked)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Sh0rt!", "Password not long enough"),
        ("passw0rd!", "Password must have uppercase characters"),
        ("PASSW0RD!", "Password must have lowercase characters"),
        ("Password!", "Password must have numeric characters"),
        ("Passw0rds", "Password must have symbol characters"),
    ],
)
def test_a_password_has_to_satisfy_the_policy(site: Site, password: str, fault: str):
    text = f"Password did not conform with policy: {fault}"
    asked = {"ClientId": site.client, "Username": "ann", "Password": password}
    refused("InvalidPasswordException", text, site.idp.sign_up, **asked)


def test_input_is_checked_by_the_model_under_cognitos_own_name(site: Site):
    text = refused(
        "InvalidParameterException", None, site.idp.sign_up, ClientId="!", Username="ann", Password="with space"
    )
    assert "validation error" in text
    assert "with space" not in text
    text = "User pool client 1234567890abcdefghijklmnop does not exist."
    asked = {"ClientId": "1234567890abcdefghijklmnop", "Username": "ann", "Password": PASSWORD}
    refused("ResourceNotFoundException", text, site.idp.sign_up, **asked)


def test_a_name_is_taken_once(site: Site, account: str):
    sign_up(site, "ann")
    asked = {"ClientId": site.client, "Username": "ann", "Password": PASSWORD}
    refused("UsernameExistsException", "User already exists", site.idp.sign_up, **asked)


def test_names_tell_cases_apart_unless_the_pool_does_not(make: Callable[..., Site]):
    site = make()
    sign_up(site, "ann")
    sign_up(site, "Ann")
    site = make(UsernameConfiguration={"CaseSensitive": False})
    sign_up(site, "ann")
    asked = {"ClientId": site.client, "Username": "Ann", "Password": PASSWORD}
    refused("UsernameExistsException", "User already exists", site.idp.sign_up, **asked)


def test_attributes_are_held_against_the_schema(make: Callable[..., Site]):
    schema: list[dict[str, Any]] = [
        {"Name": "email", "Required": True},
        {"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MaxValue": "9"}},
    ]
    site = make(Schema=schema)
    call, asked = site.idp.sign_up, {"ClientId": site.client, "Username": "ann", "Password": PASSWORD}
    code = "InvalidParameterException"
    text = "Attributes did not conform to the schema: email: The attribute is required\n"
    refused(code, text, call, **asked)
    text = "Attributes did not conform to the schema: Type for attribute {custom:x} could not be determined"
    refused(code, text, call, **asked, UserAttributes=as_list(email="a@example.com", custom_x="1"))
    text = "Attributes did not conform to the schema: custom:level: Attribute value must be less than or equal to 9\n"
    refused(code, text, call, **asked, UserAttributes=as_list(email="a@example.com", custom_level="10"))
    refused(code, "Invalid email address format.", call, **asked, UserAttributes=as_list(email="nobody"))
    text = "Invalid phone number format."
    refused(code, text, call, **asked, UserAttributes=as_list(email="a@example.com", phone_number="123"))


def test_nobody_verifies_their_own_address_by_saying_so(site: Site):
    text = "A client attempted to write unauthorized attribute"
    given = as_list(email="a@example.com", email_verified="true")
    asked = {"ClientId": site.client, "Username": "ann", "Password": PASSWORD, "UserAttributes": given}
    refused("NotAuthorizedException", text, site.idp.sign_up, **asked)


def test_mail_addresses_can_be_the_names(make: Callable[..., Site], account: str):
    site = make(UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    address = f"ann-{account}@example.com"
    made = sign_up(site, address)
    user = site.user(address)
    assert user["Username"] == made["UserSub"]
    assert user["Attributes"]["email"] == address
    asked = {"ClientId": site.client, "Password": PASSWORD}
    text = "An account with the given email already exists."
    refused("UsernameExistsException", text, site.idp.sign_up, **asked, Username=address)
    refused("InvalidParameterException", "Username should be an email.", site.idp.sign_up, **asked, Username="ann")
    site.idp.confirm_sign_up(ClientId=site.client, Username=address, ConfirmationCode=site.code(address))
    assert site.sign_in(address)["AccessToken"]


def test_an_alias_belongs_to_who_verified_it_last_if_they_insist(make: Callable[..., Site], account: str):
    site = make(AliasAttributes=["email"], AutoVerifiedAttributes=["email"])
    address = f"ann-{account}@example.com"
    for name in ("first", "second"):
        sign_up(site, name, email=address)
        asked = {"ClientId": site.client, "Username": name, "ConfirmationCode": site.code(address)}
        if name == "first":
            site.idp.confirm_sign_up(**asked)
    text = "An account with the email already exists."
    refused("AliasExistsException", text, site.idp.confirm_sign_up, **asked)
    assert site.user(address)["Username"] == "first"
    site.idp.confirm_sign_up(**asked, ForceAliasCreation=True)
    assert site.user(address)["Username"] == "second"
    assert site.user("first")["Attributes"]["email_verified"] == "false"
    text = "Username cannot be of email format, since user pool is configured for email alias."
    asked = {"ClientId": site.client, "Username": "bob@example.com", "Password": PASSWORD}
    refused("InvalidParameterException", text, site.idp.sign_up, **asked)


def test_a_code_goes_to_the_phone_rather_than_by_mail(make: Callable[..., Site], account: str):
    site = make(AutoVerifiedAttributes=["email", "phone_number"])
    phone = "+1" + account[-10:]
    made = sign_up(site, "ann", email="ann@example.com", phone_number=phone)
    assert made["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
    assert made["CodeDeliveryDetails"]["Destination"] == "+*******" + phone[-4:]
    site.idp.confirm_sign_up(ClientId=site.client, Username="ann", ConfirmationCode=site.code(phone))
    assert site.user("ann")["Attributes"]["phone_number_verified"] == "true"


def test_a_pool_may_leave_signing_up_to_administrators(make: Callable[..., Site]):
    site = make(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    asked = {"ClientId": site.client, "Username": "ann", "Password": PASSWORD}
    refused("NotAuthorizedException", "SignUp is not permitted for this user pool", site.idp.sign_up, **asked)


def test_a_client_with_a_secret_asks_for_its_hash(make: Callable[..., Site]):
    site = make(client={"GenerateSecret": True})
    described = site.idp.describe_user_pool_client(UserPoolId=site.pool, ClientId=site.client)["UserPoolClient"]
    asked = {"ClientId": site.client, "Username": "ann", "Password": PASSWORD}
    text = f"Client {site.client} is configured with secret but SECRET_HASH was not received"
    refused("NotAuthorizedException", text, site.idp.sign_up, **asked)
    text = f"Unable to verify secret hash for client {site.client}"
    refused("NotAuthorizedException", text, site.idp.sign_up, **asked, SecretHash="bm8=")
    digest = hmac.digest(described["ClientSecret"].encode(), f"ann{site.client}".encode(), "sha256")
    secret_hash = base64.b64encode(digest).decode()
    assert site.idp.sign_up(**asked, SecretHash=secret_hash)["UserSub"]
    site.idp.admin_confirm_sign_up(UserPoolId=site.pool, Username="ann")
    given = {"USERNAME": "ann", "PASSWORD": PASSWORD, "SECRET_HASH": secret_hash}
    assert site.begin(**given)["AuthenticationResult"]


def test_whether_somebody_exists_can_be_hidden(make: Callable[..., Site]):
    text = "Username/client id combination not found."
    site = make(AutoVerifiedAttributes=["email"])
    asked = {"ClientId": site.client, "Username": "nobody"}
    refused("UserNotFoundException", text, site.idp.resend_confirmation_code, **asked)
    refused("UserNotFoundException", text, site.idp.confirm_sign_up, **asked, ConfirmationCode="123456")
    site = make(AutoVerifiedAttributes=["email"], client={"PreventUserExistenceErrors": "ENABLED"})
    asked = {"ClientId": site.client, "Username": "nobody"}
    assert site.idp.resend_confirmation_code(**asked)["CodeDeliveryDetails"]["Destination"] == "n***@e***"
    refused("ExpiredCodeException", None, site.idp.confirm_sign_up, **asked, ConfirmationCode="123456")
    details = site.idp.forgot_password(**asked)["CodeDeliveryDetails"]
    site.add("ann", email="ann@example.com")  # which is not verified
    shown = site.idp.forgot_password(ClientId=site.client, Username="ann")["CodeDeliveryDetails"]
    assert shown.keys() == details.keys()
    given = {"ConfirmationCode": "123456", "Password": PASSWORD}
    refused("CodeMismatchException", None, site.idp.confirm_forgot_password, **asked, **given)
    site.idp.admin_disable_user(UserPoolId=site.pool, Username="ann")
    refused("CodeMismatchException", None, site.idp.confirm_forgot_password, ClientId=site.client, Username="ann",
            **given)  # fmt: skip


def test_a_link_leads_to_the_pools_page(make: Callable[..., Site], account: str):
    template = {"DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "Go {##here##}!"}
    site = make(AutoVerifiedAttributes=["email"], VerificationMessageTemplate=template)
    site.idp.create_user_pool_domain(UserPoolId=site.pool, Domain=f"d{account}")
    address = f"ann-{account}@example.com"
    sign_up(site, "ann", email=address)
    mail = site.cloud.mail(address)[0]
    (link,) = mail.links
    assert link.startswith(f"{site.cloud.endpoint}/_aws/cognito-idp/d{account}/confirmUser?")
    assert "user_name=ann" in link
    assert ">here</a>!" in mail.html


def test_who_has_just_confirmed_need_not_sign_in_again(site: Site, account: str):
    address = f"ann-{account}@example.com"
    session = sign_up(site, "ann", email=address)["Session"]
    asked = {"ClientId": site.client, "AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "ann"}}
    refused("CodeMismatchException", None, site.idp.initiate_auth, **asked, Session=session)
    confirmed = site.idp.confirm_sign_up(
        ClientId=site.client, Username="ann", ConfirmationCode=site.code(address), Session=session
    )
    assert site.idp.initiate_auth(**asked, Session=confirmed["Session"])["AuthenticationResult"]["AccessToken"]
    text = "Invalid session for the user."
    refused("NotAuthorizedException", text, site.idp.initiate_auth, **asked, Session=confirmed["Session"])


def test_a_preferred_name_is_an_alias_once_there_is_a_user(make: Callable[..., Site]):
    site = make(AliasAttributes=["preferred_username"], UsernameConfiguration={"CaseSensitive": False})
    text = "User can not be created with preferred_username when it is configured as alias"
    asked = {"ClientId": site.client, "Username": "ann", "Password": PASSWORD}
    given = as_list(preferred_username="queen")
    refused("InvalidParameterException", text, site.idp.sign_up, **asked, UserAttributes=given)
    site.add("Ann")
    site.add("bob")
    site.idp.admin_update_user_attributes(UserPoolId=site.pool, Username="ann", UserAttributes=given)
    assert site.sign_in("Queen")
    assert site.user("QUEEN")["Username"] == "ann"
    text = "An account with the preferred_username already exists."
    refused("AliasExistsException", text, site.idp.admin_update_user_attributes, UserPoolId=site.pool, Username="bob",
            UserAttributes=given)  # fmt: skip


def test_made_up_passwords_satisfy_the_policy():
    policy = {**passwords.POLICY, "MinimumLength": 20}
    made = {passwords.temporary(policy) for _ in range(200)}
    assert len(made) == 200
    assert {passwords.fault(policy, password) for password in made} == {None}
