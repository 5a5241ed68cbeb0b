"""Passwords changed and forgotten, attributes changed and verified, users listed and linked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.services.cognito_idp.user_pool_calls import PASSWORD, Site, as_dict, as_list, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.testing import CloudClock

NEW = "An0ther!pass"


def test_a_forgotten_password_is_set_anew_with_a_code(site: Site, account: str, frozen_clock: CloudClock):
    address = f"ann-{account}@example.com"
    site.add("ann", email=address, email_verified="true")
    details = site.idp.forgot_password(ClientId=site.client, Username="ann")["CodeDeliveryDetails"]
    assert details == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    code = site.code(address)
    asked = {"ClientId": site.client, "Username": "ann", "ConfirmationCode": code}
    text = "Password does not conform to policy: Password not long enough"
    refused("InvalidPasswordException", text, site.idp.confirm_forgot_password, **asked, Password="short")
    frozen_clock.advance(3599)
    site.idp.confirm_forgot_password(**asked, Password=NEW)
    refused("ExpiredCodeException", None, site.idp.confirm_forgot_password, **asked, Password=PASSWORD)
    assert site.sign_in("ann", NEW)


def test_a_code_for_a_forgotten_password_ends_after_an_hour(site: Site, account: str, frozen_clock: CloudClock):
    address = f"ann-{account}@example.com"
    site.add("ann", email=address, email_verified="true")
    site.idp.forgot_password(ClientId=site.client, Username="ann")
    frozen_clock.advance(3600)
    asked = {"ClientId": site.client, "Username": "ann", "ConfirmationCode": site.code(address), "Password": NEW}
    refused("ExpiredCodeException", None, site.idp.confirm_forgot_password, **asked)


def test_who_cannot_be_reached_cannot_recover(site: Site):
    site.add("ann", email="ann@example.com")
    text = "Cannot reset password for the user as there is no registered/verified email or phone_number"
    asked = {"ClientId": site.client, "Username": "ann"}
    refused("InvalidParameterException", text, site.idp.forgot_password, **asked)
    text = "Username/client id combination not found."
    refused("UserNotFoundException", text, site.idp.forgot_password, ClientId=site.client, Username="bob")
    site.idp.admin_create_user(UserPoolId=site.pool, Username="eve", TemporaryPassword=PASSWORD)
    text = "User password cannot be reset in the current state."
    refused("NotAuthorizedException", text, site.idp.forgot_password, ClientId=site.client, Username="eve")


def test_ways_to_recover_have_priorities(make: Callable[..., Site], account: str):
    ways = [{"Name": "verified_email", "Priority": 1}, {"Name": "verified_phone_number", "Priority": 2}]
    site = make(AccountRecoverySetting={"RecoveryMechanisms": ways})
    both = {"phone_number": "+1" + account[-10:], "phone_number_verified": "true"}
    site.add("ann", email="ann@example.com", email_verified="true", **both)
    details = site.idp.forgot_password(ClientId=site.client, Username="ann")["CodeDeliveryDetails"]
    assert details["DeliveryMedium"] == "EMAIL"
    site = make(AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]})
    site.add("ann", email="ann@example.com", email_verified="true")
    text = "Contact administrator to reset password."
    refused("NotAuthorizedException", text, site.idp.forgot_password, ClientId=site.client, Username="ann")


def test_an_administrator_resets_a_password(site: Site, account: str):
    address = f"ann-{account}@example.com"
    site.add("ann", email=address, email_verified="true")
    site.idp.admin_reset_user_password(UserPoolId=site.pool, Username="ann")
    assert site.user("ann")["UserStatus"] == "RESET_REQUIRED"
    text = "Password reset required for the user"
    given = {"USERNAME": "ann", "PASSWORD": PASSWORD}
    refused("PasswordResetRequiredException", text, site.idp.initiate_auth, ClientId=site.client,
            AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)  # fmt: skip
    site.idp.confirm_forgot_password(
        ClientId=site.client, Username="ann", ConfirmationCode=site.code(address), Password=NEW
    )
    assert site.sign_in("ann", NEW)


def test_a_password_is_changed_by_who_knows_it(make: Callable[..., Site]):
    policy = {"MinimumLength": 8, "PasswordHistorySize": 2}
    site = make(Policies={"PasswordPolicy": policy})
    site.add("ann")
    asked = {"AccessToken": site.sign_in("ann")["AccessToken"]}
    text = "Incorrect username or password."
    refused("NotAuthorizedException", text, site.idp.change_password, **asked, PreviousPassword="Wrong0ne!",
            ProposedPassword=NEW)  # fmt: skip
    site.idp.change_password(**asked, PreviousPassword=PASSWORD, ProposedPassword=NEW)
    for used in (PASSWORD, NEW):
        refused("PasswordHistoryPolicyViolationException", None, site.idp.change_password, **asked,
                PreviousPassword=NEW, ProposedPassword=used)  # fmt: skip
    for password in ("Th1rd!pass", "F0urth!pass"):
        site.idp.change_password(**asked, PreviousPassword=NEW, ProposedPassword=password)
        site.idp.change_password(**asked, PreviousPassword=password, ProposedPassword=NEW + password)
        site.idp.change_password(**asked, PreviousPassword=NEW + password, ProposedPassword=NEW)
    assert site.sign_in("ann", NEW)


# attributes


def test_a_new_address_has_to_be_verified(site: Site, account: str):
    site.add("ann", email="ann@example.com", email_verified="true")
    token = site.sign_in("ann")["AccessToken"]
    address = f"new-{account}@example.com"
    answer = site.idp.update_user_attributes(AccessToken=token, UserAttributes=as_list(email=address, name="Ann"))
    (details,) = answer["CodeDeliveryDetailsList"]
    assert details["Destination"] == "n***@e***"
    user = site.user("ann")["Attributes"]
    assert (user["email"], user["email_verified"], user["name"]) == (address, "false", "Ann")
    asked = {"AccessToken": token, "AttributeName": "email"}
    refused("CodeMismatchException", None, site.idp.verify_user_attribute, **asked, Code="x")
    site.idp.verify_user_attribute(**asked, Code=site.code(address))
    assert site.user("ann")["Attributes"]["email_verified"] == "true"
    site.idp.get_user_attribute_verification_code(**asked)
    site.idp.verify_user_attribute(**asked, Code=site.code(address))


def test_a_code_verifies_the_address_it_was_sent_to_and_no_other(make: Callable[..., Site], account: str):
    site = make(AliasAttributes=["email"])  # which verifies nothing by itself
    address = f"mine-{account}@example.com"
    site.add("mallory", email=address)
    token = site.sign_in("mallory")["AccessToken"]
    asked = {"AccessToken": token, "AttributeName": "email"}
    site.idp.get_user_attribute_verification_code(**asked)
    site.idp.update_user_attributes(AccessToken=token, UserAttributes=as_list(email="boss@example.com"))
    refused("ExpiredCodeException", None, site.idp.verify_user_attribute, **asked, Code=site.code(address))
    assert site.user("mallory")["Attributes"]["email_verified"] == "false"


def test_a_new_address_may_wait_until_it_is_verified(make: Callable[..., Site], account: str):
    rules = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    site = make(AutoVerifiedAttributes=["email"], UserAttributeUpdateSettings=rules)
    site.add("ann", email="ann@example.com", email_verified="true")
    token = site.sign_in("ann")["AccessToken"]
    address = f"new-{account}@example.com"
    site.idp.update_user_attributes(AccessToken=token, UserAttributes=as_list(email=address))
    assert site.user("ann")["Attributes"]["email"] == "ann@example.com"
    site.idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=site.code(address))
    assert site.user("ann")["Attributes"]["email"] == address


def test_what_cannot_change_does_not(make: Callable[..., Site]):
    schema: list[dict[str, Any]] = [
        {"Name": "team", "AttributeDataType": "String", "Mutable": False},
        {"Name": "note", "AttributeDataType": "String", "Mutable": True},
        {"Name": "email", "Required": True},
    ]
    site = make(Schema=schema, client={"WriteAttributes": ["email", "custom:team", "custom:note"]})
    site.add("ann", email="ann@example.com", custom_team="red", custom_note="x")
    token = site.sign_in("ann")["AccessToken"]
    text = "user.custom:team: Attribute cannot be updated."
    refused("InvalidParameterException", text, site.idp.update_user_attributes, AccessToken=token,
            UserAttributes=as_list(custom_team="blue"))  # fmt: skip
    text = "A client attempted to write unauthorized attribute"
    refused("NotAuthorizedException", text, site.idp.update_user_attributes, AccessToken=token,
            UserAttributes=as_list(nickname="a"))  # fmt: skip
    site.idp.delete_user_attributes(AccessToken=token, UserAttributeNames=["custom:note"])
    shown = as_dict(site.idp.get_user(AccessToken=token)["UserAttributes"])
    assert set(shown) == {"sub", "email", "custom:team", "email_verified"} - {"email_verified"}
    text = "user.email: Attribute cannot be deleted. Attribute is required."
    refused("InvalidParameterException", text, site.idp.delete_user_attributes, AccessToken=token,
            UserAttributeNames=["email"])  # fmt: skip


def test_a_verified_address_belongs_to_one_user(make: Callable[..., Site]):
    site = make(AliasAttributes=["email"])
    for name in ("ann", "bob"):
        site.add(name)
    flags = as_list(email="shared@example.com", email_verified="true")
    site.idp.admin_update_user_attributes(UserPoolId=site.pool, Username="ann", UserAttributes=flags)
    assert site.user("shared@example.com")["Username"] == "ann"
    assert site.sign_in("shared@example.com")
    text = "An account with the email already exists."
    refused("AliasExistsException", text, site.idp.admin_update_user_attributes, UserPoolId=site.pool, Username="bob",
            UserAttributes=flags)  # fmt: skip


# lists


def test_users_are_listed_by_pages_and_filters(site: Site):
    for name in ("ann", "anton", "bob"):
        site.add(name, email=f"{name}@example.com", family_name="Lee" if name != "bob" else "Moe")
    listed = site.idp.list_users
    first = listed(UserPoolId=site.pool, Limit=2)
    rest = listed(UserPoolId=site.pool, Limit=2, PaginationToken=first["PaginationToken"])
    assert [user["Username"] for user in first["Users"] + rest["Users"]] == ["ann", "anton", "bob"]
    assert "PaginationToken" not in rest

    def found(text: str) -> list[str]:
        return [user["Username"] for user in listed(UserPoolId=site.pool, Filter=text)["Users"]]

    site.idp.admin_disable_user(UserPoolId=site.pool, Username="bob")
    sub = site.user("bob")["Attributes"]["sub"]
    assert found('username ^= "an"') == ["ann", "anton"]
    assert found('email = "bob@example.com"') == ["bob"]
    assert found('"family_name"^="L"') == ["ann", "anton"]
    assert found('family_name = "lee"') == []
    assert found('status = "Disabled"') == ["bob"]
    assert found('cognito:user_status = "CONFIRMED"') == ["ann", "anton", "bob"]
    assert found(f'sub = "{sub}"') == ["bob"]
    asked = {"UserPoolId": site.pool}
    refused("InvalidParameterException", "Error while parsing filter.", listed, **asked, Filter="email")
    refused("InvalidParameterException", "Invalid search attribute: locale", listed, **asked, Filter='locale = "a"')
    (user,) = listed(UserPoolId=site.pool, AttributesToGet=["email"], Limit=1)["Users"]
    assert as_dict(user["Attributes"]) == {"email": "ann@example.com"}


def test_the_index_of_attributes_is_used(site: Site):
    site.add("ann", email="ann@example.com")

    def plan(cloud: Any) -> str:
        sql = "SELECT username FROM cognito_attributes WHERE pool_id = ? AND name = ? AND value = ?"
        return str(cloud.store.plan(sql, (site.pool, "email", "ann@example.com")))

    assert "SEARCH cognito_attributes USING PRIMARY KEY (pool_id=? AND name=? AND value=?)" in site.cloud.look(plan)


# accounts elsewhere


def test_an_account_elsewhere_is_linked_and_unlinked(site: Site):
    details = {"client_id": "c", "client_secret": "s", "authorize_scopes": "openid email"}
    site.idp.create_identity_provider(
        UserPoolId=site.pool, ProviderName="Google", ProviderType="Google", ProviderDetails=details,
        AttributeMapping={"email": "email"},
    )  # fmt: skip
    site.add("ann", email="ann@example.com")
    source = {"ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "g1"}
    target = {"ProviderName": "Cognito", "ProviderAttributeValue": "ann"}
    asked = {"UserPoolId": site.pool, "DestinationUser": target, "SourceUser": source}
    site.idp.admin_link_provider_for_user(**asked)
    assert '"userId":"g1"' in site.user("ann")["Attributes"]["identities"]
    text = "SourceUser is already linked to DestinationUser"
    refused("InvalidParameterException", text, site.idp.admin_link_provider_for_user, **asked)
    site.idp.admin_disable_provider_for_user(UserPoolId=site.pool, User=source)
    assert "identities" not in site.user("ann")["Attributes"]
