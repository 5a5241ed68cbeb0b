"""Signing up, confirming, signing in with second factors, forgotten passwords: with forms, and without a script."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct

import httpx
import orjson
import pytest

from tests.services.cognito_idp.user_pool_calls import PASSWORD
from tests.services.sts.sts_calls import document


def app_code(secret, at):
    """What an authenticator app shows (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", int(at) // 30), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


# signing in


def test_a_wrong_password_says_no_more_than_that(app_of):
    app = app_of(client={"PreventUserExistenceErrors": "ENABLED"})
    app.add("ann")
    for name in ("ann", "nobody"):
        browser = app.open().submit(username=name, password="wrong")
        assert (browser.response.status_code, browser.error) == (400, "Incorrect username or password.")
        assert browser.page.forms[0].values["username"] == name
        assert browser.page.forms[0].values["password"] == ""
        assert browser.landed == ""


def test_who_tries_too_often_is_locked_out(app):
    browser = app.open()
    for _ in range(6):
        browser.submit(username="ann", password="wrong")
    browser.submit(username="ann", password=PASSWORD)
    assert browser.error == "Password attempts exceeded"


def test_a_disabled_user_is_not_let_in(app):
    app.idp.admin_disable_user(UserPoolId=app.pool, Username="ann")
    assert app.signed_in().error == "User is disabled."


def test_an_administrators_password_is_changed_at_once(app):
    app.idp.admin_create_user(
        UserPoolId=app.pool, Username="bob", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS"
    )
    browser = app.open().submit(username="bob", password="Temp0rary!")
    assert browser.title == "Change your password"
    browser.submit(password="Passw0rd!", password_again="other")
    assert browser.error == "The passwords do not match."
    browser.submit(password="short", password_again="short")
    assert "Password did not conform with policy" in browser.error or "Password not long enough" in browser.error
    browser.submit(password="New0nes!!", password_again="New0nes!!")
    assert "code" in browser.query


def test_a_code_by_text_message_is_the_second_factor(app_of, aws, cloud, account):
    phone = f"+1555{account[-7:]}"
    trust = {"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "sts:AssumeRole"}
    may = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
    iam = aws.client("iam")
    role = iam.create_role(RoleName="sms", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="sms", PolicyName="p", PolicyDocument=document(may))
    sms = {"SnsCallerArn": role, "ExternalId": "outside"}
    app = app_of(SmsConfiguration=sms)
    app.add("ann", phone_number=phone, phone_number_verified="true")
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration="OPTIONAL", SmsMfaConfiguration={"SmsConfiguration": sms},
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )  # fmt: skip
    app.idp.admin_set_user_mfa_preference(
        UserPoolId=app.pool, Username="ann", SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    browser = app.signed_in()
    assert (browser.title, browser.error) == ("Enter the code", "")
    code = re.search(r"\d{6}", cloud.mail(to=phone)[0].text)[0]
    browser.submit(code="000000" if code != "000000" else "111111")
    assert browser.error == "Invalid code received for user"
    browser.submit(code=code)
    assert "code" in browser.query


def test_an_app_is_set_up_and_asked_from_then_on(app, clock, frozen_clock):
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    browser = app.signed_in()
    assert browser.title == "Set up an authenticator app"
    secret = browser.page.told["code"]
    browser.submit(code="000000")
    assert browser.error == "Code mismatch"
    assert browser.page.told["code"] == secret
    browser.submit(code=app_code(secret, clock.now()))
    assert "code" in browser.query
    frozen_clock.advance(60)
    again = app.signed_in()
    assert again.title == "Enter the code"
    again.submit(code=app_code(secret, clock.now()))
    assert "code" in again.query


def test_an_answer_to_no_question_is_refused(app):
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    browser = app.signed_in()
    form = browser.page.forms[0]
    for tampered in ({"session": "made-up"}, {"challenge": "SMS_MFA"}, {"challenge": "CUSTOM_CHALLENGE"}):
        url = httpx.URL(browser.url).join(form.action)
        sent = browser.http.post(url, data={**form.values, "code": "123456", **tampered})
        assert sent.status_code == 400
        assert "location" not in sent.headers


# signing up


def test_somebody_signs_up_confirms_and_is_in(app, cloud, account):
    mail = f"bob-{account}@example.com"
    browser = app.open().follow("Create an account")
    assert browser.title == "Create an account"
    browser.submit(username="bob", password="weak", **{"attribute.email": mail})
    assert browser.error.startswith("Password did not conform with policy")
    browser.submit(username="bob", password=PASSWORD, **{"attribute.email": mail})
    assert browser.title == "Confirm your account"
    assert browser.notice.startswith("We have sent a code to b***@e***")
    first = app.code(mail)
    browser.submit(1)
    assert browser.notice.startswith("We have sent a code to")
    browser.submit(code="000000" if first != "000000" else "111111")
    assert browser.error == "Invalid verification code provided, please try again."
    browser.submit(code=app.code(mail))
    assert browser.query["state"] == "xyz"
    assert app.redeem(browser.query["code"]).status_code == 200
    taken = app.open().follow("Create an account")
    taken.submit(username="bob", password=PASSWORD, **{"attribute.email": mail})
    assert taken.error == "User already exists"


def test_who_has_not_confirmed_is_led_to_it(app, account):
    browser = app.open().follow("Create an account")
    mail = f"carl-{account}@example.com"
    browser.submit(username="carl", password=PASSWORD, **{"attribute.email": mail})
    browser = app.open().submit(username="carl", password=PASSWORD)
    assert browser.title == "Confirm your account"
    assert browser.page.forms[0].values["username"] == "carl"
    browser.submit(code=app.code(mail))
    assert (browser.title, browser.notice) == ("Sign in", "Your account is confirmed. Please sign in.")
    browser.submit(password=PASSWORD)
    assert "code" in browser.query


def test_a_second_factor_is_asked_of_newcomers_too(app, account):
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    mail = f"fay-{account}@example.com"
    browser = app.open().follow("Create an account")
    browser.submit(username="fay", password=PASSWORD, **{"attribute.email": mail}).submit(code=app.code(mail))
    assert (browser.landed, browser.title) == ("", "Set up an authenticator app")


def test_a_link_in_a_mail_confirms(app_of, cloud, account):
    app = app_of(
        AutoVerifiedAttributes=["email"],
        VerificationMessageTemplate={
            "DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "{##Click##}", "EmailSubjectByLink": "Hi"
        },
    )  # fmt: skip
    mail = f"dora-{account}@example.com"
    app.idp.sign_up(
        ClientId=app.client, Username="dora", Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": mail}]
    )
    (link,) = cloud.mail(to=mail)[0].links
    browser = app.browser().get(link)
    assert browser.notice == "Your registration has been confirmed!"
    assert app.user("dora")["UserStatus"] == "CONFIRMED"
    assert app.browser().get(link).error


def test_a_pool_for_those_whom_administrators_make_lets_nobody_sign_up(app_of):
    app = app_of(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    browser = app.open()
    assert "Create an account" not in browser.page.links
    browser.get("/signup", **app.query())
    assert browser.error == "SignUp is not permitted for this user pool"


def test_mail_addresses_are_names_where_the_pool_says_so(app_of, account):
    app = app_of(UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    browser = app.open()
    assert 'type="email"' in browser.response.text
    browser.follow("Create an account")
    assert "attribute.email" not in browser.page.forms[0].values
    mail = f"eve-{account}@example.com"
    browser.submit(username=mail, password=PASSWORD).submit(code=app.code(mail))
    assert "code" in browser.query


# forgotten passwords


def test_a_forgotten_password_is_changed_with_a_code(app):
    browser = app.open().follow("Forgot your password?").submit(username="ann")
    assert browser.title == "Change your password"
    assert browser.notice.startswith("We have sent a code to a***@e***")
    code = app.code("ann@example.com")
    browser.submit(code=code, password="New0nes!!", password_again="New1nes!!")
    assert browser.error == "The passwords do not match."
    browser.submit(code="000000" if code != "000000" else "111111", password="New0nes!!", password_again="New0nes!!")
    assert browser.error == "Invalid verification code provided, please try again."
    browser.submit(code=code, password="New0nes!!", password_again="New0nes!!")
    assert "code" in browser.query
    assert app.signed_in().error == "Incorrect username or password."


def test_nobody_is_told_whether_somebody_is_there(app_of):
    app = app_of(client={"PreventUserExistenceErrors": "ENABLED"}, AutoVerifiedAttributes=["email"])
    browser = app.open().follow("Forgot your password?").submit(username="nobody")
    assert browser.notice.startswith("We have sent a code to")


# what keeps others out


@pytest.mark.parametrize(
    "path", ["/login", "/signup", "/confirm", "/resend", "/forgotPassword", "/confirmForgotPassword"]
)
def test_forms_of_other_sites_are_refused(app, path):
    browser = app.open()
    token = browser.page.forms[0].values["_csrf"]
    url = app.root + path
    form = {"username": "ann", "password": PASSWORD}
    other = app.open().page.forms[0].values["_csrf"]
    assert other != token
    for sent in (form, {**form, "_csrf": ""}, {**form, "_csrf": other}):
        refused = browser.http.post(url, params=app.query(), data=sent)
        assert refused.status_code == 403
        assert "set-cookie" not in refused.headers
    # The token without the cookie is worth nothing either.
    refused = httpx.post(url, params=app.query(), data={**form, "_csrf": token})
    assert refused.status_code == 403


def test_cookies_are_kept_from_scripts_and_other_sites(app):
    browser = app.open().submit(username="ann", password=PASSWORD)
    page = httpx.get(f"{app.root}/login", params=app.query())
    (form_cookie,) = page.headers.get_list("set-cookie")
    assert re.fullmatch(
        rf"XSRF-TOKEN=[\w-]+; Path=/_aws/cognito-idp/{app.domain}; Max-Age=86400; HttpOnly; SameSite=Lax", form_cookie
    )
    assert browser.http.cookies["cognito"] not in page.text
    assert hashlib.sha256(browser.http.cookies["XSRF-TOKEN"].encode()).hexdigest() not in page.text
    stored = app.cloud.look(lambda cloud: cloud.store.all("SELECT record FROM cognito_page_sessions"))
    assert all(browser.http.cookies["cognito"].encode() not in row[0] for row in stored)


def test_pages_run_nothing_and_stand_in_no_frame(app):
    headers = app.open().response.headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert (headers["x-frame-options"], headers["cache-control"]) == ("DENY", "no-store")
    assert headers["x-content-type-options"] == "nosniff"
    style = re.search(r"<style>(.*?)</style>", app.open().response.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert "<script" not in app.open().response.text


def test_what_is_typed_is_shown_as_text(app):
    evil = '"><script>alert(1)</script>'
    browser = app.open(state=evil).submit(username=evil, password="x")
    assert "<script" not in browser.response.text
    assert browser.page.forms[0].values["username"] == evil
    browser = app.open(login_hint=evil)
    assert "<script" not in browser.response.text
    assert browser.page.forms[0].values["username"] == evil


def test_every_input_has_a_label_and_errors_are_announced(app):
    browser = app.open()
    seen = [browser.page, browser.follow("Create an account").page]
    seen.append(browser.get("/forgotPassword", **app.query()).page)
    seen.append(browser.submit(username="ann").page)
    seen.append(browser.get("/confirm", **app.query()).page)
    for page in seen:
        assert page.inputs
        assert page.inputs <= page.labelled
    text = app.open().submit(username="ann", password="x").response.text
    assert 'role="alert"' in text
    assert '<html lang="en">' in text
    assert 'name="viewport"' in text
    assert "prefers-color-scheme:dark" in text


def test_passwords_and_codes_stand_in_no_trace(app, cloud, account):
    browser = app.open().submit(username="ann", password=PASSWORD)
    app.redeem(browser.query["code"])
    spans = cloud.spans(operation="serve_page", account=account)
    assert len(spans) >= 3
    secrets = (PASSWORD, browser.query["code"], browser.http.cookies["cognito"])

    def shown(running):
        from cloudchamber.console.views import body  # noqa: PLC0415

        return [orjson.dumps([body(span.input, None), body(span.output, None)]).decode() for span in spans]

    for text in cloud.look(shown):
        assert all(secret not in text for secret in secrets)


def test_other_methods_and_places_are_not_there(app):
    assert httpx.put(f"{app.root}/login").status_code == 405
    assert httpx.get(f"{app.root}/oauth2/token").status_code == 405
    assert httpx.get(f"{app.root}/serve_page").status_code == 404
    assert httpx.head(f"{app.root}/login", params=app.query()).status_code == 200


def test_a_form_that_is_too_large_is_not_read(app):
    assert httpx.post(f"{app.root}/login", content=b"x" * 300_000).status_code == 413
