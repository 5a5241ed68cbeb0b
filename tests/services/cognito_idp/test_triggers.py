"""Lambda triggers: a real function, whose answers take effect; its refusals and its policy."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pycognito.aws_srp import AWSSRP

from tests.services.cognito_idp.conftest import CONFIG
from tests.services.cognito_idp.user_pool_calls import PASSWORD, Site, as_list, claims, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudchamber.testing import RunningCloud

SOURCE = """
def handler(event, context):
    source, name = event["triggerSource"], event.get("userName")
    request, response = event["request"], event["response"]
    if name and name.startswith("refused"):
        raise Exception("Not you")
    if name == "mute":
        return {"no": "response"}
    if source == "PreSignUp_SignUp" and name == "auto":
        response.update(autoConfirmUser=True, autoVerifyEmail=True)
    if source.startswith("CustomMessage"):
        response["emailSubject"] = "Hello " + (name or "")
        response["emailMessage"] = "Yours: " + request["codeParameter"] + " " + (request["usernameParameter"] or "")
    if source.startswith("TokenGeneration") and event["version"] == "1":
        response["claimsOverrideDetails"] = {
            "claimsToAddOrOverride": {"team": "red", "sub": "no"}, "claimsToSuppress": ["email"],
            "groupOverrideDetails": {"groupsToOverride": ["guests"]},
        }
    if source.startswith("TokenGeneration") and event["version"] == "2":
        response["claimsAndScopeOverrideDetails"] = {
            "idTokenGeneration": {"claimsToAddOrOverride": {"shape": {"corners": 3}}},
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"plan": "gold"}, "scopesToAdd": ["things/read"],
                "scopesToSuppress": ["nothing"],
            },
        }
    if source == "TokenGeneration_ClientCredentials":
        response["claimsAndScopeOverrideDetails"] = {
            "accessTokenGeneration": {"claimsToAddOrOverride": {"plan": "silver"}, "scopesToAdd": ["things/write"]},
        }
    if source.startswith("UserMigration"):
        if name.startswith("old") and request["password"] in ("Passw0rd!", None):
            response.update(userAttributes={"email": name + "@example.com", "email_verified": "true"},
                            finalUserStatus="CONFIRMED", messageAction="SUPPRESS")
        else:
            raise Exception("Bad password")
    if source.startswith("DefineAuthChallenge"):
        session = request["session"]
        if session and session[-1]["challengeName"] == "SRP_A":
            response.update(challengeName="PASSWORD_VERIFIER", issueTokens=False, failAuthentication=False)
        elif session and session[-1]["challengeName"] == "CUSTOM_CHALLENGE" and session[-1]["challengeResult"]:
            response.update(issueTokens=True, failAuthentication=False)
        elif len([one for one in session if one["challengeName"] == "CUSTOM_CHALLENGE"]) >= 2:
            response.update(issueTokens=False, failAuthentication=True)
        else:
            response.update(challengeName="CUSTOM_CHALLENGE", issueTokens=False, failAuthentication=False)
    if source.startswith("CreateAuthChallenge"):
        response.update(publicChallengeParameters={"question": "2 + 3"}, privateChallengeParameters={"answer": "5"},
                        challengeMetadata="SUM")
    if source.startswith("VerifyAuthChallengeResponse"):
        response["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    return event
"""
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture(scope="module")
def owner(cloud: RunningCloud) -> Any:
    return cloud.session()


@pytest.fixture(scope="module")
def function(owner: Any) -> str:
    """The ARN of the function, which any pool of the account may invoke."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": TRUST})
    role = owner.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as made:
        made.writestr("index.py", SOURCE)
    client = owner.client("lambda")
    arn = client.create_function(
        FunctionName="f", Runtime="python3.11", Handler="index.handler", Role=role, Timeout=10,
        Code={"ZipFile": package.getvalue()},
    )["FunctionArn"]  # fmt: skip
    client.add_permission(
        FunctionName="f", StatementId="pools", Action="lambda:InvokeFunction", Principal="cognito-idp.amazonaws.com"
    )
    return str(arn)


@pytest.fixture
def idp(owner: Any) -> Any:
    return owner.client("cognito-idp", config=CONFIG)


@pytest.fixture
def asked(cloud: RunningCloud) -> Iterator[Callable[[str], list[Any]]]:
    """`asked(pool)`: the events its function was handed, in order."""

    def events(pool: str) -> list[Any]:
        spans = cloud.spans(service="lambda", operation="Invoke")
        found = [json.loads(span.input["Payload"]) for span in reversed(spans) if "Payload" in span.input]
        return [event for event in found if event["userPoolId"] == pool]

    return events


def test_a_function_screens_who_signs_up_and_hears_of_who_has(make: Callable[..., Site], function: str, asked):
    site = make(LambdaConfig={"PreSignUp": function, "PostConfirmation": function})
    made = site.idp.sign_up(
        ClientId=site.client, Username="auto", Password=PASSWORD, UserAttributes=as_list(email="a@example.com"),
        ValidationData=as_list(door="back"), ClientMetadata={"from": "test"},
    )  # fmt: skip
    assert made["UserConfirmed"] is True
    assert site.user("auto")["Attributes"]["email_verified"] == "true"
    first, second = asked(site.pool)
    assert (first["version"], first["triggerSource"], first["region"]) == ("1", "PreSignUp_SignUp", "us-east-1")
    assert first["callerContext"]["clientId"] == site.client
    assert first["request"] == {
        "userAttributes": {"email": "a@example.com"}, "validationData": {"door": "back"},
        "clientMetadata": {"from": "test"},
    }  # fmt: skip
    assert first["response"] == {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
    assert second["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert second["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"


def test_a_functions_refusal_is_the_callers(make: Callable[..., Site], function: str):
    site = make(LambdaConfig={"PreSignUp": function})
    given = {"ClientId": site.client, "Password": PASSWORD}
    text = "PreSignUp failed with error Not you."
    refused("UserLambdaValidationException", text, site.idp.sign_up, **given, Username="refused")
    refused("UserNotFoundException", None, site.idp.admin_get_user, UserPoolId=site.pool, Username="refused")
    text = "Unrecognizable lambda output"
    refused("InvalidLambdaResponseException", text, site.idp.sign_up, **given, Username="mute")


def test_a_function_has_to_let_the_pool_in(make: Callable[..., Site], owner: Any, function: str):
    version = owner.client("lambda").publish_version(FunctionName="f")["FunctionArn"]  # its policy is of its own
    site = make(LambdaConfig={"PreSignUp": version})
    text = "PreSignUp invocation failed due to error AccessDeniedException."
    given = {"ClientId": site.client, "Password": PASSWORD, "Username": "ann"}
    refused("UnexpectedLambdaException", text, site.idp.sign_up, **given)


def test_functions_around_a_sign_in(make: Callable[..., Site], function: str, asked):
    site = make(LambdaConfig={"PreAuthentication": function, "PostAuthentication": function})
    for name in ("ann", "refused-ann"):
        site.add(name)
    site.sign_in("ann")
    before, after = asked(site.pool)
    assert before["triggerSource"] == "PreAuthentication_Authentication"
    assert after["triggerSource"] == "PostAuthentication_Authentication"
    assert after["request"]["newDeviceUsed"] is True
    text = "PreAuthentication failed with error Not you."
    given = {"USERNAME": "refused-ann", "PASSWORD": PASSWORD}
    refused("UserLambdaValidationException", text, site.idp.initiate_auth, ClientId=site.client,
            AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)  # fmt: skip


def test_a_function_changes_what_tokens_say(make: Callable[..., Site], function: str, asked):
    site = make(LambdaConfig={"PreTokenGeneration": function})
    site.add("ann", email="ann@example.com")
    result = site.sign_in("ann")
    identity = claims(result["IdToken"])
    assert identity["team"] == "red"
    assert "email" not in identity
    assert identity["sub"] == site.user("ann")["Attributes"]["sub"]
    assert identity["cognito:groups"] == ["guests"] == claims(result["AccessToken"])["cognito:groups"]
    site.begin("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=result["RefreshToken"])
    sources = [event["triggerSource"] for event in asked(site.pool)]
    assert sources == ["TokenGeneration_Authentication", "TokenGeneration_RefreshTokens"]


def test_version_2_changes_access_tokens_and_scopes(make: Callable[..., Site], function: str, asked):
    config = {"LambdaVersion": "V2_0", "LambdaArn": function}
    site = make(LambdaConfig={"PreTokenGeneration": function, "PreTokenGenerationConfig": config})
    site.add("ann")
    result = site.sign_in("ann")
    access = claims(result["AccessToken"])
    assert (access["plan"], access["scope"]) == ("gold", "aws.cognito.signin.user.admin things/read")
    assert claims(result["IdToken"])["shape"] == {"corners": 3}
    (event,) = asked(site.pool)
    assert (event["version"], event["request"]["scopes"]) == ("2", ["aws.cognito.signin.user.admin"])


def test_a_function_writes_the_messages(make: Callable[..., Site], function: str, account: str, asked):
    site = make(LambdaConfig={"CustomMessage": function}, AutoVerifiedAttributes=["email"])
    address = f"ann-{account}-m@example.com"
    given = as_list(email=address)
    site.idp.sign_up(ClientId=site.client, Username="ann", Password=PASSWORD, UserAttributes=given)
    mail = site.cloud.mail(address)[0]
    assert mail.subject == "Hello ann"
    assert mail.text.startswith("Yours: ")
    site.idp.confirm_sign_up(ClientId=site.client, Username="ann", ConfirmationCode=site.code(address))
    site.idp.forgot_password(ClientId=site.client, Username="ann")
    sources = [event["triggerSource"] for event in asked(site.pool)]
    assert sources == ["CustomMessage_SignUp", "CustomMessage_ForgotPassword"]


def test_users_come_over_from_an_older_directory(make: Callable[..., Site], function: str, asked):
    site = make(LambdaConfig={"UserMigration": function})
    assert site.sign_in("old-ann")["AccessToken"]
    user = site.user("old-ann")
    assert (user["UserStatus"], user["Attributes"]["email"]) == ("CONFIRMED", "old-ann@example.com")
    (event,) = asked(site.pool)
    assert event["triggerSource"] == "UserMigration_Authentication"
    assert event["request"]["password"] == PASSWORD
    assert site.sign_in("old-ann")  # from here on they are the pool's own
    assert len(asked(site.pool)) == 1
    given = {"USERNAME": "old-bob", "PASSWORD": "Wrong0ne!"}
    text = "UserMigration failed with error Bad password."
    refused("UserLambdaValidationException", text, site.idp.initiate_auth, ClientId=site.client,
            AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)  # fmt: skip
    details = site.idp.forgot_password(ClientId=site.client, Username="old-eve")["CodeDeliveryDetails"]
    assert details["Destination"] == "o***@e***"


CUSTOM = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")


def test_challenges_of_ones_own(make: Callable[..., Site], function: str, asked):
    site = make(LambdaConfig=dict.fromkeys(CUSTOM, function))
    site.add("ann")
    challenge = site.begin("CUSTOM_AUTH", USERNAME="ann")
    assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert challenge["ChallengeParameters"] == {"USERNAME": "ann", "question": "2 + 3"}
    challenge = site.answer(challenge, "ann", ANSWER="6")
    assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert site.answer(challenge, "ann", ANSWER="5")["AuthenticationResult"]["AccessToken"]
    defining = [event for event in asked(site.pool) if event["triggerSource"].startswith("Define")]
    assert [[one["challengeResult"] for one in event["request"]["session"]] for event in defining] == [
        [], [False], [False, True]
    ]  # fmt: skip
    assert defining[-1]["request"]["session"][0]["challengeMetadata"] == "SUM"
    challenge = site.begin("CUSTOM_AUTH", USERNAME="ann")
    challenge = site.answer(challenge, "ann", ANSWER="1")
    asked_for = {"ClientId": site.client, "ChallengeName": "CUSTOM_CHALLENGE", "Session": challenge["Session"]}
    refused("NotAuthorizedException", "Incorrect username or password.", site.idp.respond_to_auth_challenge,
            **asked_for, ChallengeResponses={"USERNAME": "ann", "ANSWER": "1"})  # fmt: skip


def test_challenges_of_ones_own_after_a_proof_of_the_password(make: Callable[..., Site], function: str):
    site = make(LambdaConfig=dict.fromkeys(CUSTOM, function))
    site.add("ann")
    proof = AWSSRP("ann", PASSWORD, site.pool, site.client, client=site.idp)
    begun = site.begin("CUSTOM_AUTH", USERNAME="ann", CHALLENGE_NAME="SRP_A", SRP_A=proof.get_auth_params()["SRP_A"])
    assert begun["ChallengeName"] == "PASSWORD_VERIFIER"
    answers = proof.process_challenge(begun["ChallengeParameters"], {"USERNAME": "ann"})
    challenge = site.answer(begun, **{"name": "ann", **answers})
    assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert site.answer(challenge, "ann", ANSWER="5")["AuthenticationResult"]


def test_a_custom_sender_gets_the_code_encrypted(make: Callable[..., Site], owner: Any, function: str, asked):
    kms = owner.client("kms")
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "kms:GenerateDataKey",
         "Resource": "*"},
    ]  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    sender = {"LambdaVersion": "V1_0", "LambdaArn": function}
    config = {"CustomEmailSender": sender, "KMSKeyID": key}
    site = make(LambdaConfig=config, AutoVerifiedAttributes=["email"])
    given = as_list(email="eve-custom@example.com")
    site.idp.sign_up(ClientId=site.client, Username="eve", Password=PASSWORD, UserAttributes=given)
    (event,) = asked(site.pool)
    assert event["triggerSource"] == "CustomEmailSender_SignUp"
    assert event["request"]["type"] == "customEmailSenderRequestV1"
    code = opened(kms, event["request"]["code"])
    assert site.cloud.mail("eve-custom@example.com") == []
    site.idp.confirm_sign_up(ClientId=site.client, Username="eve", ConfirmationCode=code)


def opened(kms: Any, sealed: str) -> str:
    """What the AWS Encryption SDK makes of a message, for the one form that is used."""
    import base64  # noqa: PLC0415

    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    raw = io.BytesIO(base64.b64decode(sealed))

    def sized() -> bytes:
        return raw.read(int.from_bytes(raw.read(2)))

    assert raw.read(4) == b"\x01\x80\x01\x78"
    message_id, pairs = raw.read(16), io.BytesIO(sized())
    count = int.from_bytes(pairs.read(2))
    texts = [pairs.read(int.from_bytes(pairs.read(2))).decode() for _ in range(2 * count)]
    context = dict(zip(texts[::2], texts[1::2], strict=True))
    assert raw.read(2) == b"\x00\x01"
    assert sized() == b"aws-kms"
    key_id, ciphertext = sized().decode(), sized()
    key = kms.decrypt(CiphertextBlob=ciphertext, EncryptionContext=context, KeyId=key_id)["Plaintext"]
    cipher = AESGCM(HKDF(hashes.SHA256(), 32, None, b"\x01\x78" + message_id).derive(key))
    assert raw.read(1) == b"\x02"
    raw.read(4 + 1 + 4)
    header = raw.getvalue()[: raw.tell()]
    iv = raw.read(12)
    cipher.decrypt(iv, raw.read(16), header)
    assert raw.read(4) == b"\xff\xff\xff\xff"
    sequence, iv = raw.read(4), raw.read(12)
    length = int.from_bytes(raw.read(4))
    about = message_id + b"AWSKMSEncryptionClient Final Frame" + sequence + length.to_bytes(8)
    return cipher.decrypt(iv, raw.read(length + 16), about).decode()


def test_triggers_are_checked_when_a_pool_is_made(idp: Any, function: str):
    sender = {"LambdaVersion": "V1_0", "LambdaArn": function}
    text = "KMSKeyID is required when specifying a custom sender."
    refused("InvalidParameterException", text, idp.create_user_pool, PoolName="p",
            LambdaConfig={"CustomEmailSender": sender})  # fmt: skip


def test_version_3_is_asked_about_applications_own_tokens(
    make: Callable[..., Site], function: str, account: str, asked
):
    config = {"LambdaVersion": "V3_0", "LambdaArn": function}
    site = make(LambdaConfig={"PreTokenGenerationConfig": config})
    site.idp.create_user_pool_domain(UserPoolId=site.pool, Domain=f"m{account}")
    scopes = [{"ScopeName": "read", "ScopeDescription": "to look"}]
    site.idp.create_resource_server(UserPoolId=site.pool, Identifier="things", Name="Things", Scopes=scopes)
    client = site.idp.create_user_pool_client(
        UserPoolId=site.pool, ClientName="machine", GenerateSecret=True, AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["things/read"], AllowedOAuthFlowsUserPoolClient=True,
    )["UserPoolClient"]  # fmt: skip
    answer = httpx.post(
        f"{site.cloud.endpoint}/_aws/cognito-idp/m{account}/oauth2/token",
        auth=(client["ClientId"], client["ClientSecret"]),
        data={"grant_type": "client_credentials", "aws_client_metadata": '{"from": "test"}'},
    )
    found = claims(answer.json()["access_token"])
    assert (found["sub"], found["scope"]) == (client["ClientId"], "things/read things/write")
    assert found["plan"] == "silver"
    (event,) = asked(site.pool)
    assert (event["version"], event["triggerSource"]) == ("3", "TokenGeneration_ClientCredentials")
    assert event["request"] == {"scopes": ["things/read"], "clientMetadata": {"from": "test"}}
