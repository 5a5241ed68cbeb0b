"""Presigned URLs of both signature versions, and forms: what they let through, when they end, what they refuse."""

import pytest
from botocore.config import Config

from tests.services.s3.conftest import allow

VERSIONS = {"v2": Config(), "v4": Config(signature_version="s3v4")}


@pytest.fixture(params=VERSIONS)
def signer(request, client_of, account):
    return client_of(account, config=VERSIONS[request.param])


def test_whoever_has_the_url_reads(signer, s3, bucket, http):
    s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"content")
    url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b/ü"})
    got = http.get(url)
    assert (got.status_code, got.content) == (200, b"content")
    assert http.get(url.replace("%C3%BC", "x")).status_code == 403
    assert http.put(url, content=b"").status_code == 403


def test_whoever_has_the_url_writes_what_it_says(signer, s3, bucket, http):
    parameters = {"Bucket": bucket, "Key": "k", "ContentType": "text/plain"}
    url = signer.generate_presigned_url("put_object", Params=parameters)
    assert http.put(url, content=b"x" * 100_000, headers={"Content-Type": "text/plain"}).status_code == 200
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["ContentType"], got["ContentLength"]) == ("text/plain", 100_000)
    assert http.put(url, content=b"x", headers={"Content-Type": "text/html"}).status_code == 403


def test_a_page_may_ask_before_it_uses_the_url(signer, s3, bucket, http):
    """A preflight is not signed: what it asks about is."""
    rule = {"AllowedOrigins": ["https://app.example.com"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    url = signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    asks = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "content-type"}  # fmt: skip
    answer = http.options(url, headers=asks)
    assert (answer.status_code, answer.headers["access-control-allow-methods"]) == (200, "PUT")
    refused = http.options(url, headers={**asks, "Origin": "http://localhost:3000"})
    assert (refused.status_code, "<Code>AccessForbidden</Code>" in refused.text) == (403, True)


def test_the_headers_of_the_answer_are_signed_along(signer, s3, bucket, http):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    wanted = {"Bucket": bucket, "Key": "k", "ResponseContentType": "text/css"}
    url = signer.generate_presigned_url("get_object", Params=wanted)
    assert http.get(url).headers["content-type"] == "text/css"
    assert http.get(url.replace("text%2Fcss", "text%2Fhtml")).status_code == 403


def test_a_url_ends_by_the_clouds_clock(signer, s3, bucket, http, frozen_clock):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=600)
    assert http.get(url).status_code == 200
    frozen_clock.advance(590)
    assert http.get(url).status_code == 200
    frozen_clock.advance(20)
    refused = http.get(url)
    assert (refused.status_code, "<Message>Request has expired</Message>" in refused.text) == (403, True)


def test_how_a_request_is_signed_can_be_a_condition(bucket, user, http, s3):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    for method, status in (("REST-QUERY-STRING", 200), ("REST-HEADER", 403)):
        condition = {"StringEquals": {"s3:authType": method}}
        client = user(allow("s3:GetObject", on="*", Condition=condition), config=VERSIONS["v4"])
        url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
        assert http.get(url).status_code == status


def test_nobodys_url(s3, bucket, http, cloud):
    query = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=x&Expires=9999999999"
    refused = http.get(f"{cloud.endpoint}/{bucket}/k?{query}")
    assert (refused.status_code, "<Code>InvalidAccessKeyId</Code>" in refused.text) == (403, True)


def form(signer, bucket, key="uploads/${filename}", **more):
    return signer.generate_presigned_post(bucket, key, **more)


def test_a_form_uploads_a_file(signer, s3, bucket, http):
    post = form(
        signer, bucket, Fields={"acl": "private", "Content-Type": "image/png", "x-amz-meta-by": "form"},
        Conditions=[{"acl": "private"}, ["starts-with", "$Content-Type", "image/"], {"x-amz-meta-by": "form"}],
    )  # fmt: skip
    answer = http.post(post["url"], data=post["fields"], files={"file": ("cat.png", b"x" * 200_000)})
    assert answer.status_code == 204
    got = s3.get_object(Bucket=bucket, Key="uploads/cat.png")
    assert (got["ContentLength"], got["ContentType"], got["Metadata"]) == (200_000, "image/png", {"by": "form"})
    assert answer.headers["location"].endswith(f"/{bucket}/uploads/cat.png")
    assert answer.headers["etag"] == got["ETag"]


def test_what_a_forms_policy_does_not_say_is_refused(signer, bucket, http):
    def post(fields, content=b"x", **more):
        made = form(signer, bucket, "k", **more)
        answer = http.post(made["url"], data={**made["fields"], **fields}, files={"file": ("f", content)})
        return answer.status_code, answer.text

    status, text = post({"acl": "private"})
    assert (status, "Invalid according to Policy: Extra input fields: acl" in text) == (403, True)
    status, text = post({"key": "other"})
    assert (status, 'Policy Condition failed: ["eq", "$key", "k"]' in text) == (403, True)
    status, text = post({}, b"too long", Conditions=[["content-length-range", 1, 4]])
    assert (status, "<Code>EntityTooLarge</Code>" in text) == (400, True)
    status, text = post({}, b"", Conditions=[["content-length-range", 1, 4]])
    assert (status, "<Code>EntityTooSmall</Code>" in text) == (400, True)
    tampered = {"policy": "eyJleHBpcmF0aW9uIjogIjIwOTAtMDEtMDFUMDA6MDA6MDBaIiwgImNvbmRpdGlvbnMiOiBbXX0="}
    status, text = post(tampered)
    assert (status, "<Code>SignatureDoesNotMatch</Code>" in text) == (403, True)


def test_a_forms_policy_ends(signer, bucket, http, frozen_clock):
    post = form(signer, bucket, "k", ExpiresIn=60)
    assert http.post(post["url"], data=post["fields"], files={"file": ("f", b"x")}).status_code == 204
    frozen_clock.advance(61)
    answer = http.post(post["url"], data=post["fields"], files={"file": ("f", b"x")})
    assert (answer.status_code, "Invalid according to Policy: Policy expired." in answer.text) == (403, True)


@pytest.mark.parametrize(("status", "expected"), [("200", 200), ("201", 201), ("204", 204), ("nonsense", 204)])
def test_a_form_says_how_it_is_answered(s3, bucket, http, status, expected):
    post = form(
        s3, bucket, "k", Fields={"success_action_status": status}, Conditions=[{"success_action_status": status}]
    )
    answer = http.post(post["url"], data=post["fields"], files={"file": ("f", b"x")})
    assert answer.status_code == expected
    assert ("<PostResponse" in answer.text) is (expected == 201)


def test_a_form_can_lead_on(s3, bucket, http):
    target = {"success_action_redirect": "http://localhost/thanks?x=1"}
    post = form(s3, bucket, "k", Fields=target, Conditions=[target])
    answer = http.post(post["url"], data=post["fields"], files={"file": ("f", b"x")})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"http://localhost/thanks?x=1&bucket={bucket}&key=k&etag=%22")


def test_an_anonymous_form_needs_a_bucket_that_lets_everybody_write(s3, bucket, http, cloud):
    url = f"{cloud.endpoint}/{bucket}"
    assert http.post(url, data={"key": "k"}, files={"file": ("f", b"x")}).status_code == 403
    assert "Bucket POST must contain a field named 'key'" in http.post(url, files={"file": ("f", b"x")}).text
    broken = http.post(url, content=b"nonsense", headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert (broken.status_code, "<Code>MalformedPOSTRequest</Code>" in broken.text) == (400, True)
    no_form = http.post(url, data={"key": "k"})
    assert (no_form.status_code, "<Code>PreconditionFailed</Code>" in no_form.text) == (412, True)
    assert "<Condition>Bucket POST must be of the enclosure-type multipart/form-data</Condition>" in no_form.text
    long = http.post(url, data={"key": "k", "x-ignore-a": "x" * 30_000}, files={"file": ("f", b"x")})
    assert (long.status_code, "<Code>MaxPostPreDataLengthExceededError</Code>" in long.text) == (400, True)
