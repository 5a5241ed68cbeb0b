"""User pools as applications reach them: pycognito, amazon-cognito-identity-js and Amplify sign up, in and out."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from pycognito import Cognito
from pycognito.exceptions import SoftwareTokenMFAChallengeException

from cloudchamber.config import Config
from cloudchamber.services.cognito_idp import totp
from cloudchamber.testing import RunningCloud
from tests.clients.npm import installed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "Passw0rd!"
FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
PACKAGES = ("amazon-cognito-identity-js@6", "aws-amplify@6")
SECONDS_MAX = 100

# Step by step, because the code in between is read by the test: the arguments are the step and what it needs.
IDENTITY_JS = """
const { CognitoUserPool, CognitoUser, AuthenticationDetails, CognitoUserAttribute } =
  require('amazon-cognito-identity-js');
const [step, given] = [process.argv[2], JSON.parse(process.argv[3])];
const Pool = new CognitoUserPool({ UserPoolId: given.pool, ClientId: given.client, endpoint: given.endpoint });
const user = new CognitoUser({ Username: given.name, Pool });
const wait = (f) => new Promise((yes, no) => f((error, result) => (error ? no(error) : yes(result))));
async function main() {
  if (step === 'sign-up') {
    const email = new CognitoUserAttribute({ Name: 'email', Value: given.email });
    await wait((done) => Pool.signUp(given.name, given.password, [email], null, done));
    return { };
  }
  await wait((done) => user.confirmRegistration(given.code, true, done));
  const details = new AuthenticationDetails({ Username: given.name, Password: given.password });
  const session = await new Promise((onSuccess, onFailure) => user.authenticateUser(details, { onSuccess, onFailure }));
  const fresh = await wait((done) => user.refreshSession(session.getRefreshToken(), done));
  const attributes = await wait((done) => user.getUserAttributes(done));
  await new Promise((onSuccess, onFailure) => user.globalSignOut({ onSuccess, onFailure }));
  return {
    email: attributes.find((one) => one.getName() === 'email').getValue(),
    access: session.getAccessToken().getJwtToken(), sub: fresh.getIdToken().payload.sub,
  };
}
main().then((found) => console.log(JSON.stringify(found)), (error) => { console.error(error); process.exit(1); });
"""
AMPLIFY = """
const { Amplify } = require('aws-amplify');
const auth = require('aws-amplify/auth');
const [step, given] = [process.argv[2], JSON.parse(process.argv[3])];
Amplify.configure({ Auth: { Cognito: {
  userPoolId: given.pool, userPoolClientId: given.client, userPoolEndpoint: given.endpoint } } });
async function main() {
  const username = given.name;
  if (step === 'sign-up') {
    const options = { userAttributes: { email: given.email } };
    return auth.signUp({ username, password: given.password, options });
  }
  await auth.confirmSignUp({ username, confirmationCode: given.code });
  const done = await auth.signIn({ username, password: given.password });
  if (!done.isSignedIn) throw new Error(JSON.stringify(done));
  const { tokens } = await auth.fetchAuthSession({ forceRefresh: true });
  const { email } = await auth.fetchUserAttributes();
  await auth.signOut({ global: true });
  return { email, access: tokens.accessToken.toString(), sub: tokens.idToken.payload.sub };
}
main().then((found) => console.log(JSON.stringify(found)), (error) => { console.error(error); process.exit(1); });
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    """A cloud whose tokens name it as their issuer, as clients with an endpoint of their own expect."""
    running = RunningCloud(Config(port=0, settings={"cognito-idp.local_issuer": True})).start()
    yield running
    running.stop()


@pytest.fixture
def idp(cloud: RunningCloud, account: str) -> Any:
    return cloud.session(account).client("cognito-idp")


@pytest.fixture
def pool(idp: Any) -> tuple[str, str]:
    """A pool that verifies mail addresses, and a client."""
    made = idp.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=made, ClientName="app", ExplicitAuthFlows=FLOWS)
    return made, client["UserPoolClient"]["ClientId"]


def code(cloud: RunningCloud, to: str) -> str:
    found = re.search(r"\d{6}", cloud.mail(to)[0].text)
    assert found is not None
    return found[0]


def test_pycognito(cloud: RunningCloud, idp: Any, pool: tuple[str, str], account: str):
    address = f"ann-{account}@example.com"
    user = Cognito(*pool, username="ann", boto3_client_kwargs={"endpoint_url": cloud.endpoint})
    user.set_base_attributes(email=address)
    user.register("ann", PASSWORD)
    user.confirm_sign_up(code(cloud, address))
    user.authenticate(password=PASSWORD)  # by SRP
    user.verify_tokens()  # by the published keys
    assert user.get_user().email == address
    before = user.access_token
    user.renew_access_token()
    assert user.access_token != before
    user.initiate_forgot_password()
    user.confirm_forgot_password(code(cloud, address), "An0ther!pass")
    user.authenticate(password="An0ther!pass")
    user.logout()
    with pytest.raises(idp.exceptions.NotAuthorizedException):
        idp.get_user(AccessToken=before)


def test_pycognito_with_an_app_for_codes(cloud: RunningCloud, idp: Any, pool: tuple[str, str]):
    enabled = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    idp.set_user_pool_mfa_config(UserPoolId=pool[0], MfaConfiguration="OPTIONAL", **enabled)
    idp.admin_create_user(UserPoolId=pool[0], Username="ann", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool[0], Username="ann", Password=PASSWORD, Permanent=True)
    user = Cognito(*pool, username="ann", boto3_client_kwargs={"endpoint_url": cloud.endpoint})
    user.authenticate(password=PASSWORD)
    secret = user.associate_software_token()
    assert user.verify_software_token(totp.code(secret, int(cloud.clock.now() // 30)))
    user.set_user_mfa_preference(False, True, "SOFTWARE_TOKEN")
    with pytest.raises(SoftwareTokenMFAChallengeException):
        user.authenticate(password=PASSWORD)
    user.respond_to_software_token_mfa_challenge(totp.code(secret, int(cloud.clock.now() // 30) + 1))
    user.verify_tokens()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the clients from npm."""
    return installed(tmp_path_factory.mktemp("node"), PACKAGES)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["identity-js", "amplify"])
def test_clients_in_javascript(
    cloud: RunningCloud, idp: Any, pool: tuple[str, str], node: Path, name: str
):  # fmt: skip
    address = f"{name}-{pool[1]}@example.com"
    script = node / f"{name}.cjs"
    script.write_text({"identity-js": IDENTITY_JS, "amplify": AMPLIFY}[name])
    given = {"pool": pool[0], "client": pool[1], "endpoint": f"{cloud.endpoint}/", "name": "ann",
             "password": PASSWORD, "email": address}  # fmt: skip

    def run(step: str, **more: str) -> dict[str, Any]:
        command = ["node", str(script), step, json.dumps({**given, **more})]
        done = subprocess.run(command, cwd=node, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    run("sign-up")
    found = run("sign-in", code=code(cloud, address))
    user = idp.admin_get_user(UserPoolId=pool[0], Username="ann")
    sub = next(one["Value"] for one in user["UserAttributes"] if one["Name"] == "sub")
    assert (found["email"], found["sub"]) == (address, sub)
    with pytest.raises(idp.exceptions.NotAuthorizedException, match="revoked"):
        idp.get_user(AccessToken=found["access"])
