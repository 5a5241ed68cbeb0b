"""Identity pools as applications reach them: the AWS SDK for JavaScript's credential provider, the AWS command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.npm import installed
from tests.clients.test_aws_cli import environment
from tests.services.cognito_identity.conftest import actors, anyone, federation, issuer  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from pathlib import Path

    from cloudchamber.testing import RunningCloud

PACKAGES = ("@aws-sdk/credential-providers@3", "@aws-sdk/client-sts@3", "@aws-sdk/client-s3@3")
SECONDS_MAX = 100

SCRIPT = """
const { fromCognitoIdentityPool } = require('@aws-sdk/credential-providers');
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
const given = JSON.parse(process.argv[2]);
const common = { region: 'us-east-1', endpoint: given.endpoint };
const credentials = fromCognitoIdentityPool({
  identityPoolId: given.pool, logins: given.logins, clientConfig: common });
async function main() {
  const own = await credentials();
  const who = await new STSClient({ ...common, credentials }).send(new GetCallerIdentityCommand({}));
  const s3 = new S3Client({ ...common, credentials, forcePathStyle: true });
  const put = async (key) => {
    try { await s3.send(new PutObjectCommand({ Bucket: given.bucket, Key: key, Body: 'x' })); return 'ok'; }
    catch (error) { return error.name; }
  };
  const mine = await put(own.identityId + '/note'), other = await put('us-east-1:other/note');
  return { arn: who.Arn, id: own.identityId, mine, other };
}
main().then((found) => console.log(JSON.stringify(found)), (error) => { console.error(error); process.exit(1); });
"""


@pytest.fixture
def bucket(federation: Any) -> str:  # noqa: F811
    """A bucket in which users have a prefix of their own."""
    name = f"home-{federation.actors.account}"
    federation.actors.root.client("s3").create_bucket(Bucket=name)
    own = f"arn:aws:s3:::{name}/${{cognito-identity.amazonaws.com:sub}}/*"
    federation.with_roles(users={"Effect": "Allow", "Action": "s3:PutObject", "Resource": own})
    return name


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SDK from npm."""
    return installed(tmp_path_factory.mktemp("node"), PACKAGES)


@pytest.mark.slow
def test_the_sdk_for_javascript_gets_a_users_credentials(
    cloud: RunningCloud, federation: Any, bucket: str, node: Path  # noqa: F811
) -> None:  # fmt: skip
    script = node / "identity.cjs"
    script.write_text(SCRIPT)
    given = {"endpoint": cloud.endpoint, "pool": federation.pool, "logins": federation.logins(), "bucket": bucket}
    done = subprocess.run(
        ["node", str(script), json.dumps(given)], cwd=node, capture_output=True, text=True, timeout=SECONDS_MAX,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["id"] == federation.user()
    assert ":assumed-role/users/CognitoIdentityCredentials" in found["arn"]
    assert (found["mine"], found["other"]) == ("ok", "AccessDenied")


def test_the_command_line_gets_a_guests_credentials(cloud: RunningCloud, federation: Any, bucket: str) -> None:  # noqa: F811
    env = environment(federation.actors.account, AWS_ENDPOINT_URL=cloud.endpoint)
    if shutil.which("aws", path=env["PATH"]) is None:
        pytest.skip("the AWS command line is not installed here")

    def aws(*arguments: str) -> Any:
        command = ["aws", "cognito-identity", *arguments, "--no-sign-request", "--region", "us-east-1"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    guest = aws("get-id", "--identity-pool-id", federation.pool)["IdentityId"]
    given = aws("get-credentials-for-identity", "--identity-id", guest)
    assert given["IdentityId"] == guest
    assert given["Credentials"]["AccessKeyId"].startswith("ASIA")
