"""S3 as its users reach it: boto3's transfer manager, the AWS command line, curl, a browser, readers without keys."""

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from tests.clients.test_aws_cli import environment, run

MIB = 2**20
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS_MAX = 60


@pytest.fixture
def s3(cloud, account):
    return cloud.session(account).client("s3", config=Config(retries={"total_max_attempts": 1}))


@pytest.fixture
def bucket(s3, account):
    name = f"clients-{account}"
    s3.create_bucket(Bucket=name)
    return name


def test_the_transfer_manager_moves_a_hundred_megabytes_in_parts(s3, bucket, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    piece = hashlib.sha256(b"").digest() * (MIB // 32)
    with source.open("wb") as file:
        for number in range(100):
            file.write(piece[number:] + piece[:number])
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=16 * MIB, max_concurrency=4)
    s3.upload_file(str(source), bucket, "large", Config=config)
    head = s3.head_object(Bucket=bucket, Key="large")
    assert (head["ContentLength"], head["ETag"][-3:]) == (100 * MIB, '-7"')
    s3.download_file(bucket, "large", str(target), Config=config)
    assert hashlib.file_digest(target.open("rb"), "sha1").digest() == hashlib.file_digest(
        source.open("rb"), "sha1"
    ).digest()  # fmt: skip


# the command line


@pytest.fixture
def aws(cloud, account):
    env = environment(account, AWS_ENDPOINT_URL=cloud.endpoint)

    def call(*arguments):
        return run("aws", ["s3", *arguments], env)

    return call


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_cli_syncs_a_folder_there_and_back(aws, s3, bucket, tmp_path):
    here, back = tmp_path / "here", tmp_path / "back"
    (here / "a b" / "deep").mkdir(parents=True)
    (here / "index.html").write_bytes(b"<p>home")
    (here / "a b" / "deep" / "ünï+code &.txt").write_bytes(b"text")
    (here / "large.bin").write_bytes(b"x" * 9 * MIB)  # in parts
    for path in here.rglob("*"):  # S3 tells whole seconds: what is of the same one looks newer than its copy
        os.utime(path, (0, 1_700_000_000))
    status, out, error = aws("sync", "--no-progress", str(here), f"s3://{bucket}/site")
    assert (status, error, out.count("upload: ")) == (0, "", 3)
    assert s3.head_object(Bucket=bucket, Key="site/index.html")["ContentType"] == "text/html"
    assert aws("sync", "--no-progress", str(here), f"s3://{bucket}/site")[:2] == (0, "")  # nothing has changed
    assert aws("sync", "--no-progress", f"s3://{bucket}/site", str(back))[0] == 0
    assert tree(back) == tree(here)
    (here / "index.html").unlink()
    status, out, _ = aws("sync", "--no-progress", str(here), f"s3://{bucket}/site", "--delete")
    assert (status, out.strip()) == (0, f"delete: s3://{bucket}/site/index.html")


def test_the_cli_copies_lists_and_removes(aws, s3, bucket, tmp_path):
    (tmp_path / "f.txt").write_bytes(b"hello")
    assert aws("cp", str(tmp_path / "f.txt"), f"s3://{bucket}/d/f.txt")[0] == 0
    assert aws("cp", f"s3://{bucket}/d/f.txt", f"s3://{bucket}/d/g.txt")[0] == 0
    assert aws("cp", f"s3://{bucket}/d/g.txt", "-") == (0, "hello", "")
    status, out, _ = aws("ls", f"s3://{bucket}/", "--recursive")
    assert (status, re.findall(r"5 (d/\w\.txt)", out)) == (0, ["d/f.txt", "d/g.txt"])
    status, out, _ = aws("rm", f"s3://{bucket}/d", "--recursive")
    assert (status, out.count("delete: ")) == (0, 2)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    status, _, error = aws("cp", f"s3://{bucket}/d/f.txt", "-")
    assert (status, "HeadObject operation: Not Found" in error) == (1, True)


# curl


def curl(*arguments):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "30", *arguments], capture_output=True, check=True
    )
    return done.stdout


def test_curl_puts_and_gets_by_presigned_urls(s3, bucket, tmp_path):
    body = b"y" * 3 * MIB
    (tmp_path / "up").write_bytes(body)
    where = {"Bucket": bucket, "Key": "some folder/f"}
    put = s3.generate_presigned_url("put_object", Params=where)
    assert curl("--upload-file", str(tmp_path / "up"), "--write-out", "%{http_code}", put) == b"200"
    get = s3.generate_presigned_url("get_object", Params=where)
    assert curl(get) == body
    assert curl("--range", "0-3", get) == b"yyyy"
    wrong = curl(get.replace("Signature=", "Signature=0"))
    assert b"<Code>SignatureDoesNotMatch</Code>" in wrong


# browsers

PAGE = """<!doctype html><title>upload</title>
<form id="form" method="post" enctype="multipart/form-data" action="{action}">{fields}<input name="file" type="file">
</form><pre id="said">nothing</pre>
<script>
const said = [];
async function go() {{
  const put = await fetch({put}, {{method: "PUT", body: "by fetch", headers: {{"content-type": "text/plain"}}}});
  said.push("put " + put.status + " " + put.headers.get("etag"));
  const form = new FormData(document.getElementById("form"));
  form.set("file", new File(["by form"], "photo.txt", {{type: "text/plain"}}));
  const post = await fetch(document.getElementById("form").action, {{method: "POST", body: form}});
  said.push("post " + post.status);
  const got = await fetch({get});
  said.push("get " + await got.text());
  const refused = await fetch({refused}, {{method: "DELETE"}}).then(() => "allowed", () => "refused");
  said.push("delete " + refused);
}}
go().catch(error => said.push("failed " + error)).finally(() => document.getElementById("said").textContent =
  said.join("; "));
</script>"""


@pytest.fixture
def origin():
    """`origin(page)`: where a page is served from an origin of its own."""
    servers = []

    def serve(page):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(page[0].encode())

            def log_message(self, *_args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()


def browse(url, profile):
    """The page after its scripts have run."""
    found = next((path for name in BROWSERS if (path := shutil.which(name)) is not None), None)
    if found is None:
        pytest.skip("there is no Chromium on this machine")
    done = subprocess.run(
        [found, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         f"--user-data-dir={profile}", "--virtual-time-budget=10000", "--dump-dom", url],
        capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
    )  # fmt: skip
    if not done.stdout:
        pytest.skip(f"Chromium does not start here: {done.stderr[-300:]}")
    return done.stdout


def test_a_page_of_another_origin_uploads_by_put_and_by_form(s3, bucket, origin, tmp_path):
    page = [""]
    url = origin(page)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [
        {"AllowedOrigins": [url], "AllowedMethods": ["GET", "PUT", "POST"], "AllowedHeaders": ["*"],
         "ExposeHeaders": ["ETag"]}]})  # fmt: skip
    form = s3.generate_presigned_post(bucket, "uploads/${filename}", Conditions=[["starts-with", "$key", "uploads/"]])
    fields = "".join(f'<input name="{n}" value="{html.escape(v)}">' for n, v in form["fields"].items())
    where = {"Bucket": bucket, "Key": "put.txt"}
    sign = s3.generate_presigned_url
    page[0] = PAGE.format(
        action=form["url"], fields=fields, put=json.dumps(sign("put_object", Params=where | {
            "ContentType": "text/plain"})), get=json.dumps(sign("get_object", Params=where)),
        refused=json.dumps(sign("delete_object", Params=where)),
    )  # fmt: skip
    said = re.search(r'<pre id="said">(.*?)</pre>', browse(url, tmp_path / "profile"), re.DOTALL)[1]
    etag = hashlib.md5(b"by fetch").hexdigest()
    assert html.unescape(said) == f'put 200 "{etag}"; post 204; get by fetch; delete refused'
    assert s3.get_object(Bucket=bucket, Key="uploads/photo.txt")["Body"].read() == b"by form"
    assert s3.head_object(Bucket=bucket, Key="put.txt")["ContentType"] == "text/plain"


def test_a_form_as_a_browser_sends_it(s3, bucket):
    form = s3.generate_presigned_post(
        bucket, "f", Fields={"success_action_status": "201"}, Conditions=[{"success_action_status": "201"}]
    )
    sent = httpx.post(form["url"], data=form["fields"], files={"file": ("f.bin", b"z" * 200_000, "image/png")})
    assert (sent.status_code, "<Key>f</Key>" in sent.text) == (201, True)
    assert s3.head_object(Bucket=bucket, Key="f")["ContentLength"] == 200_000


# readers without keys


def test_anybody_reads_a_public_bucket_and_nobody_a_private_one(s3, bucket, cloud):
    s3.put_object(Bucket=bucket, Key="public/k", Body=b"for all")
    s3.put_object(Bucket=bucket, Key="private/k", Body=b"for few")
    url = f"{cloud.endpoint}/{bucket}"
    refused = httpx.get(f"{url}/public/k")
    assert (refused.status_code, "<Code>AccessDenied</Code><Message>Access Denied</Message>" in refused.text) == (
        403, True,
    )  # fmt: skip
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/public/*"}]}))  # fmt: skip
    assert httpx.get(f"{url}/public/k").text == "for all"
    assert [httpx.get(f"{url}/{path}").status_code for path in ("private/k", "public/none", "")] == [403, 403, 403]
    assert httpx.put(f"{url}/public/k", content=b"x").status_code == 403
