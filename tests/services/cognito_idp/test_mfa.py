"""Second factors, one-time passwords as the first, devices that are remembered."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pycognito.aws_srp import AWSSRP

from cloudchamber.services.cognito_idp import srp, totp
from tests.services.cognito_idp.user_pool_calls import PASSWORD, Site, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import CloudClock

TOTP = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
SMS = {"SmsMfaConfiguration": {"SmsAuthenticationMessage": "Yours is {####}"}}


@pytest.fixture
def guarded(make: Callable[..., Site]) -> Callable[..., Site]:
    """`guarded("ON", **TOTP)` makes a pool with MFA."""

    def create(mode: str, factors: dict[str, Any], **settings: Any) -> Site:
        site = make(**settings)
        site.idp.set_user_pool_mfa_config(UserPoolId=site.pool, MfaConfiguration=mode, **factors)
        return site

    return create


def pair(site: Site, token: str, clock: CloudClock) -> str:
    """Pair an app with who is signed in; its secret."""
    secret = str(site.idp.associate_software_token(AccessToken=token)["SecretCode"])
    site.idp.verify_software_token(AccessToken=token, UserCode=code(secret, clock), FriendlyDeviceName="phone")
    chosen = {"SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True}}
    site.idp.set_user_mfa_preference(AccessToken=token, **chosen)
    return secret


def code(secret: str, clock: CloudClock) -> str:
    return totp.code(secret, int(clock.now() // 30))


def test_codes_of_apps_are_those_of_the_rfc():
    """https://www.rfc-editor.org/rfc/rfc6238#appendix-B"""
    secret = base64.b32encode(b"12345678901234567890").decode()
    for at, expected in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert totp.code(secret, at // 30) == expected


def test_a_code_is_text_message_apart(guarded: Callable[..., Site], account: str):
    site = guarded("ON", SMS)
    phone = "+1" + account[-10:]
    site.add("ann", phone_number=phone)
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    assert challenge["ChallengeName"] == "SMS_MFA"
    assert challenge["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******" + phone[-4:],
        "USER_ID_FOR_SRP": "ann",
    }  # fmt: skip
    assert site.cloud.mail(phone)[0].text.startswith("Yours is ")
    right = site.code(phone)
    asked = {"ClientId": site.client, "ChallengeName": "SMS_MFA", "Session": challenge["Session"]}
    text = "Invalid code received for user"
    refused("CodeMismatchException", text, site.idp.respond_to_auth_challenge, **asked,
            ChallengeResponses={"USERNAME": "ann", "SMS_MFA_CODE": f"{right}0"})  # fmt: skip
    assert site.answer(challenge, "ann", SMS_MFA_CODE=right)["AuthenticationResult"]
    refused("NotAuthorizedException", "Invalid session for the user.", site.idp.respond_to_auth_challenge, **asked,
            ChallengeResponses={"USERNAME": "ann", "SMS_MFA_CODE": right})  # fmt: skip


def test_codes_cannot_be_guessed_for_long(guarded: Callable[..., Site], account: str):
    site = guarded("ON", SMS)
    site.add("ann", phone_number="+1" + account[-10:])
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    asked = {"ClientId": site.client, "ChallengeName": "SMS_MFA", "Session": challenge["Session"]}
    wrong = {"USERNAME": "ann", "SMS_MFA_CODE": "x"}
    for _ in range(4):
        refused("CodeMismatchException", None, site.idp.respond_to_auth_challenge, **asked, ChallengeResponses=wrong)
    right = {"USERNAME": "ann", "SMS_MFA_CODE": site.code("+1" + account[-10:])}
    refused("NotAuthorizedException", None, site.idp.respond_to_auth_challenge, **asked, ChallengeResponses=wrong)
    refused("NotAuthorizedException", None, site.idp.respond_to_auth_challenge, **asked, ChallengeResponses=right)


def test_an_app_is_paired_and_asked_for(guarded: Callable[..., Site], frozen_clock: CloudClock):
    site = guarded("OPTIONAL", TOTP)
    site.add("ann")
    token = site.sign_in("ann")["AccessToken"]
    secret = site.idp.associate_software_token(AccessToken=token)["SecretCode"]
    refused("EnableSoftwareTokenMFAException", "Code mismatch", site.idp.verify_software_token, AccessToken=token,
            UserCode="000000" if code(secret, frozen_clock) != "000000" else "000001")  # fmt: skip
    secret = pair(site, token, frozen_clock)
    shown = site.idp.get_user(AccessToken=token)
    assert (shown["UserMFASettingList"], shown["PreferredMfaSetting"]) == (["SOFTWARE_TOKEN_MFA"], "SOFTWARE_TOKEN_MFA")
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert challenge["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "phone"
    asked = {"ClientId": site.client, "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": challenge["Session"]}
    used = {"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": code(secret, frozen_clock)}
    text = "Your software token has already been used once."
    refused("ExpiredCodeException", text, site.idp.respond_to_auth_challenge, **asked, ChallengeResponses=used)
    frozen_clock.advance(30)
    done = site.answer(challenge, "ann", SOFTWARE_TOKEN_MFA_CODE=code(secret, frozen_clock))
    assert done["AuthenticationResult"]


def test_who_must_have_a_second_factor_sets_one_up_on_the_way(guarded: Callable[..., Site], frozen_clock: CloudClock):
    site = guarded("ON", TOTP)
    site.add("ann")
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    assert challenge["ChallengeName"] == "MFA_SETUP"
    assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
    asked = {"ClientId": site.client, "ChallengeName": "MFA_SETUP", "Session": challenge["Session"]}
    refused("InvalidParameterException", None, site.idp.respond_to_auth_challenge, **asked,
            ChallengeResponses={"USERNAME": "ann"})  # fmt: skip
    paired = site.idp.associate_software_token(Session=challenge["Session"])
    verified = site.idp.verify_software_token(
        Session=paired["Session"], UserCode=code(paired["SecretCode"], frozen_clock)
    )
    assert verified["Status"] == "SUCCESS"
    done = site.answer({"ChallengeName": "MFA_SETUP", "Session": verified["Session"]}, "ann")
    assert done["AuthenticationResult"]["AccessToken"]
    assert site.begin(USERNAME="ann", PASSWORD=PASSWORD)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_of_two_factors_the_user_chooses(guarded: Callable[..., Site], account: str, frozen_clock: CloudClock):
    site = guarded("OPTIONAL", {**TOTP, **SMS})
    phone = "+1" + account[-10:]
    site.add("ann", phone_number=phone)
    pair(site, site.sign_in("ann")["AccessToken"], frozen_clock)
    site.idp.admin_set_user_mfa_preference(
        UserPoolId=site.pool, Username="ann", SMSMfaSettings={"Enabled": True},
        SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": False},
    )  # fmt: skip
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    assert challenge["ChallengeName"] == "SELECT_MFA_TYPE"
    offered = json.loads(challenge["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
    assert offered == ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    challenge = site.answer(challenge, "ann", ANSWER="SMS_MFA")
    assert site.answer(challenge, "ann", SMS_MFA_CODE=site.code(phone))["AuthenticationResult"]


def test_an_apps_use_can_be_ended(guarded: Callable[..., Site], frozen_clock: CloudClock):
    site = guarded("OPTIONAL", TOTP)
    site.add("ann")
    pair(site, site.sign_in("ann")["AccessToken"], frozen_clock)
    site.idp.admin_delete_software_token(UserPoolId=site.pool, Username="ann")
    assert site.sign_in("ann")
    refused("SoftwareTokenMFANotFoundException", None, site.idp.admin_delete_software_token, UserPoolId=site.pool,
            Username="ann")  # fmt: skip


def test_factors_that_a_user_lacks_cannot_be_chosen(guarded: Callable[..., Site]):
    site = guarded("OPTIONAL", {**TOTP, **SMS})
    site.add("ann")
    asked = {"UserPoolId": site.pool, "Username": "ann"}
    text = "User has not verified software token mfa"
    refused("InvalidParameterException", text, site.idp.admin_set_user_mfa_preference, **asked,
            SoftwareTokenMfaSettings={"Enabled": True})  # fmt: skip
    refused("InvalidParameterException", None, site.idp.admin_set_user_mfa_preference, **asked,
            SMSMfaSettings={"Enabled": True})  # fmt: skip


# choices


def test_a_user_chooses_how_to_begin(make: Callable[..., Site], account: str):
    policies = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    site = make(Policies=policies)
    address = f"ann-{account}@example.com"
    site.add("ann", email=address, email_verified="true")
    challenge = site.begin("USER_AUTH", USERNAME="ann")
    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert challenge["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]
    sent = site.answer(challenge, "ann", ANSWER="EMAIL_OTP")
    assert sent["ChallengeName"] == "EMAIL_OTP"
    assert len(site.code(address)) == 8
    assert site.answer(sent, "ann", EMAIL_OTP_CODE=site.code(address))["AuthenticationResult"]
    challenge = site.begin("USER_AUTH", USERNAME="ann")
    assert site.answer(challenge, "ann", ANSWER="PASSWORD", PASSWORD=PASSWORD)["AuthenticationResult"]
    sent = site.begin("USER_AUTH", USERNAME="ann", PREFERRED_CHALLENGE="EMAIL_OTP")
    assert sent["ChallengeName"] == "EMAIL_OTP"
    asked = {"USERNAME": "ann", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD}
    assert site.begin("USER_AUTH", **asked)["AuthenticationResult"]


def test_a_chosen_proof_of_the_password(make: Callable[..., Site]):
    site = make()
    site.add("ann")
    proof = AWSSRP("ann", PASSWORD, site.pool, site.client, client=site.idp)
    challenge = site.begin("USER_AUTH", USERNAME="ann")
    challenge = site.answer(challenge, "ann", ANSWER="PASSWORD_SRP", SRP_A=proof.get_auth_params()["SRP_A"])
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    answers = proof.process_challenge(challenge["ChallengeParameters"], {"USERNAME": "ann"})
    assert site.answer(challenge, **{"name": "ann", **answers})["AuthenticationResult"]


# devices


def remember(site: Site, result: dict[str, Any], secret: str) -> tuple[str, str]:
    """Confirm a new device as clients do; its key and its group's."""
    device = result["NewDeviceMetadata"]
    key, group = device["DeviceKey"], device["DeviceGroupKey"]
    kept = srp.enrol(group, key, secret)
    config = {
        "PasswordVerifier": base64.b64encode(srp.padded(int(kept.verifier, 16))).decode(),
        "Salt": base64.b64encode(srp.padded(int(kept.salt, 16))).decode(),
    }
    answer = site.idp.confirm_device(
        AccessToken=result["AccessToken"], DeviceKey=key, DeviceName="laptop", DeviceSecretVerifierConfig=config
    )
    assert answer["UserConfirmationNecessary"] is False
    return key, group


def test_a_remembered_device_stands_in_for_the_second_factor(guarded: Callable[..., Site], account: str):
    config = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
    site = guarded("ON", SMS, DeviceConfiguration=config)
    phone = "+1" + account[-10:]
    site.add("ann", phone_number=phone)
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    result = site.answer(challenge, "ann", SMS_MFA_CODE=site.code(phone))["AuthenticationResult"]
    key, group = remember(site, result, "device secret")
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD, DEVICE_KEY=key)
    assert challenge["ChallengeName"] == "DEVICE_SRP_AUTH"
    proof = AWSSRP(key, "device secret", f"x_{group}", site.client, client=site.idp)
    challenge = site.answer(challenge, "ann", DEVICE_KEY=key, SRP_A=proof.get_auth_params()["SRP_A"])
    assert challenge["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    shown = {**challenge["ChallengeParameters"], "USER_ID_FOR_SRP": key}
    answers = proof.process_challenge(shown, {"USERNAME": key})
    done = site.answer(challenge, **{**answers, "name": "ann", "DEVICE_KEY": key, "USERNAME": "ann"})
    assert "NewDeviceMetadata" not in done["AuthenticationResult"]
    (device,) = site.idp.list_devices(AccessToken=done["AuthenticationResult"]["AccessToken"])["Devices"]
    assert device["DeviceKey"] == key
    assert {"Name": "device_name", "Value": "laptop"} in device["DeviceAttributes"]
    site.idp.admin_forget_device(UserPoolId=site.pool, Username="ann", DeviceKey=key)
    assert site.begin(USERNAME="ann", PASSWORD=PASSWORD, DEVICE_KEY=key)["ChallengeName"] == "SMS_MFA"


def test_somebody_elses_device_proves_nothing(make: Callable[..., Site]):
    site = make(DeviceConfiguration={"ChallengeRequiredOnNewDevice": True})
    site.add("ann")
    result = site.sign_in("ann")
    key, group = remember(site, result, "device secret")
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD, DEVICE_KEY=key)
    proof = AWSSRP(key, "another secret", f"x_{group}", site.client, client=site.idp)
    challenge = site.answer(challenge, "ann", DEVICE_KEY=key, SRP_A=proof.get_auth_params()["SRP_A"])
    shown = {**challenge["ChallengeParameters"], "USER_ID_FOR_SRP": key}
    answers = proof.process_challenge(shown, {"USERNAME": key})
    refused("NotAuthorizedException", "Incorrect username or password.", site.idp.respond_to_auth_challenge,
            ClientId=site.client, ChallengeName="DEVICE_PASSWORD_VERIFIER", Session=challenge["Session"],
            ChallengeResponses={**answers, "USERNAME": "ann", "DEVICE_KEY": key})  # fmt: skip
    other = key[:-1] + ("0" if key[-1] != "0" else "1")
    refused("ResourceNotFoundException", "Device does not exist.", site.idp.get_device,
            AccessToken=result["AccessToken"], DeviceKey=other)  # fmt: skip


def test_a_remembered_device_is_asked_for_beside_the_second_factor(guarded: Callable[..., Site], account: str):
    config = {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False}
    site = guarded("ON", SMS, DeviceConfiguration=config)
    phone = "+1" + account[-10:]
    site.add("ann", phone_number=phone)
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    result = site.answer(challenge, "ann", SMS_MFA_CODE=site.code(phone))["AuthenticationResult"]
    key, _ = remember(site, result, "device secret")
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD, DEVICE_KEY=key)
    assert challenge["ChallengeName"] == "SMS_MFA"
    challenge = site.answer(challenge, "ann", SMS_MFA_CODE=site.code(phone))
    assert challenge["ChallengeName"] == "DEVICE_SRP_AUTH"


def test_users_say_which_devices_are_remembered(make: Callable[..., Site]):
    config = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
    site = make(DeviceConfiguration=config)
    site.add("ann")
    result = site.sign_in("ann")
    device = result["NewDeviceMetadata"]
    kept = srp.enrol(device["DeviceGroupKey"], device["DeviceKey"], "secret")
    verifier = {
        "PasswordVerifier": base64.b64encode(srp.padded(int(kept.verifier, 16))).decode(),
        "Salt": base64.b64encode(srp.padded(int(kept.salt, 16))).decode(),
    }
    asked = {"AccessToken": result["AccessToken"], "DeviceKey": device["DeviceKey"]}
    assert site.idp.confirm_device(**asked, DeviceSecretVerifierConfig=verifier)["UserConfirmationNecessary"] is True
    refused("DeviceKeyExistsException", None, site.idp.confirm_device, **asked, DeviceSecretVerifierConfig=verifier)
    given = {"USERNAME": "ann", "PASSWORD": PASSWORD, "DEVICE_KEY": device["DeviceKey"]}
    assert "AuthenticationResult" in site.begin(**given)
    site.idp.update_device_status(**asked, DeviceRememberedStatus="remembered")
    assert site.begin(**given)["ChallengeName"] == "DEVICE_SRP_AUTH"
    site.idp.forget_device(**asked)
    assert "AuthenticationResult" in site.begin(**given)


def test_a_code_by_mail_apart(guarded: Callable[..., Site], aws: boto3.Session, account: str):
    sender = f"codes-{account}@example.com"
    aws.client("ses").verify_email_identity(EmailAddress=sender)
    source = f"arn:aws:ses:us-east-1:{account}:identity/{sender}"
    email = {"EmailSendingAccount": "DEVELOPER", "SourceArn": source}
    factor = {"EmailMfaConfiguration": {"Subject": "Come in", "Message": "With {####}"}}
    site = guarded("OPTIONAL", factor, EmailConfiguration=email)
    (link,) = site.cloud.mail(sender)[0].links
    httpx.get(link)
    address = f"ann-{account}@example.com"
    site.add("ann", email=address, email_verified="true")
    site.idp.admin_set_user_mfa_preference(
        UserPoolId=site.pool, Username="ann", EmailMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    assert site.cloud.mail(address)[0].subject == "Come in"
    assert site.answer(challenge, "ann", EMAIL_OTP_CODE=site.code(address))["AuthenticationResult"]
    site.idp.update_user_pool(UserPoolId=site.pool, MfaConfiguration="OFF")
    text = "Email MFA requires the user pool to send email with Amazon SES."
    refused("InvalidParameterException", text, site.idp.set_user_pool_mfa_config, UserPoolId=site.pool,
            MfaConfiguration="OPTIONAL", **factor)  # fmt: skip


def test_people_without_passwords(make: Callable[..., Site], account: str):
    site = make(
        UsernameAttributes=["email"], AutoVerifiedAttributes=["email"],
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
    )  # fmt: skip
    address = f"ann-{account}@example.com"
    site.idp.sign_up(ClientId=site.client, Username=address)
    site.idp.confirm_sign_up(ClientId=site.client, Username=address, ConfirmationCode=site.code(address))
    challenge = site.begin("USER_AUTH", USERNAME=address)
    assert challenge["AvailableChallenges"] == ["EMAIL_OTP"]
    challenge = site.answer(challenge, address, ANSWER="EMAIL_OTP")
    assert site.answer(challenge, address, EMAIL_OTP_CODE=site.code(address))["AuthenticationResult"]
    given = {"USERNAME": address, "PASSWORD": ""}
    refused("InvalidParameterException", None, site.idp.initiate_auth, ClientId=site.client,
            AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)  # fmt: skip
    other = f"bob-{account}@example.com"
    made = site.idp.admin_create_user(UserPoolId=site.pool, Username=other)["User"]
    assert made["UserStatus"] == "CONFIRMED"
    assert site.cloud.mail(other) == []
    sent = site.begin("USER_AUTH", USERNAME=other, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert site.answer(sent, other, EMAIL_OTP_CODE=site.code(other))["AuthenticationResult"]
