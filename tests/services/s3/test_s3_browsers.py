"""Host names, websites, and pages of other origins."""

import pytest
from botocore.config import Config

from cloudchamber.gateway.buckets import path_prefix
from tests.services.s3.conftest import allow, policy, refusal
from tests.services.s3.test_s3_access import opened

INDEX = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}


@pytest.mark.parametrize(
    ("host", "prefix"),
    [
        ("photos.s3.localhost:4566", "/photos"), ("my.photos.s3.localhost", "/my.photos"),
        ("photos.s3.eu-west-1.localhost", "/photos"), ("photos.localhost:4566", "/photos"),
        ("photos.s3.amazonaws.com", "/photos"), ("photos.s3.dualstack.eu-west-1.amazonaws.com", "/photos"),
        ("photos.s3-accelerate.amazonaws.com", "/photos"), ("photos.s3-eu-west-1.amazonaws.com", "/photos"),
        ("photos.s3.localhost.localstack.cloud:4566", "/photos"),
        ("photos.s3-website.localhost", "/_website/photos"),
        ("photos.s3-website-eu-west-1.amazonaws.com", "/_website/photos"),
        ("photos.s3-website.eu-west-1.localhost:4566", "/_website/photos"),
        ("s3.localhost", ""), ("s3.eu-west-1.localhost", ""), ("localhost:4566", ""), ("127.0.0.1", ""),
        ("sqs.localhost", ""), ("d1.cloudfront.localhost", ""), ("foo.amazonaws.com", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_host_names_a_bucket(host, prefix):
    assert path_prefix(host) == prefix


def test_virtual_hosts_signed_and_not(cloud, client_of, account, bucket, http, s3):  # noqa: PLR0917
    virtual = client_of(
        account, config=Config(s3={"addressing_style": "virtual"}), endpoint_url=f"http://s3.localhost:{cloud.port}"
    )
    host = {"Host": f"{bucket}.s3.localhost:{cloud.port}"}

    def send(method, operation, **parameters):
        url = virtual.generate_presigned_url(operation, Params={"Bucket": bucket, **parameters})
        assert f"//{bucket}.s3.localhost" in url
        path = url.partition(f":{cloud.port}")[2]
        content = b"x" * 70_000 if method == "PUT" else None
        return http.request(method, f"{cloud.endpoint}{path}", headers=host, content=content)

    assert send("PUT", "put_object", Key="a b/k").status_code == 200
    assert len(send("GET", "get_object", Key="a b/k").content) == 70_000
    assert "<Key>a%20b/k</Key>" in send("GET", "list_objects_v2").text
    assert http.get(f"{cloud.endpoint}/a%20b/k", headers=host).status_code == 403
    assert s3.get_object(Bucket=bucket, Key="a b/k")["ContentLength"] == 70_000


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_version_of_the_signature_covers_the_bucket_in_the_host(cloud, client_of, account, bucket, http, version):  # noqa: PLR0917
    config = Config(s3={"addressing_style": "virtual"}, signature_version=version)
    client = client_of(account, config=config, endpoint_url=f"http://s3.localhost:{cloud.port}")
    url = client.generate_presigned_url("head_bucket", Params={"Bucket": bucket})
    path = url.partition(f":{cloud.port}")[2]
    host = {"Host": f"{bucket}.s3.localhost:{cloud.port}"}
    assert http.head(f"{cloud.endpoint}{path}", headers=host).status_code == 200
    other = {"Host": f"other-{bucket}.s3.localhost:{cloud.port}"}
    assert http.head(f"{cloud.endpoint}{path}", headers=other).status_code == 403


@pytest.fixture
def site(s3, bucket):
    opened(s3, bucket)
    everybody = allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/*", Principal="*")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(everybody, allow(
        "s3:ListBucket", on=f"arn:aws:s3:::{bucket}", Principal="*")))  # fmt: skip
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=INDEX)
    for key, body in (
        ("index.html", b"home"),
        ("docs/index.html", b"docs"),
        ("error.html", b"oh no"),
        ("a.css", b"{}"),
    ):
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/html")
    return bucket


@pytest.fixture
def visit(cloud, http, site):
    def get(path, method="GET", **headers):
        return http.request(
            method, f"{cloud.endpoint}{path}", headers={"Host": f"{site}.s3-website.localhost:{cloud.port}", **headers}
        )

    return get


def test_a_site_has_an_index_and_an_error_page(visit):
    assert (visit("/").text, visit("/").headers["content-type"]) == ("home", "text/html")
    assert visit("/docs/").text == "docs"
    assert visit("/a.css").text == "{}"
    moved = visit("/docs")
    assert (moved.status_code, moved.headers["location"]) == (302, "/docs/")
    missing = visit("/never")
    assert (missing.status_code, missing.text) == (404, "oh no")
    head = visit("/", "HEAD")
    assert (head.status_code, head.headers["content-length"], head.text) == (200, "4", "")
    etag = visit("/").headers["etag"]
    assert visit("/", **{"If-None-Match": etag}).status_code == 304
    assert visit("/", Range="bytes=1-2").text == "om"


def test_a_site_without_leave_or_configuration_says_so(s3, site, visit):
    s3.delete_bucket_policy(Bucket=site)
    assert "<li>Code: AccessDenied</li>" in visit("/").text
    s3.delete_bucket_website(Bucket=site)
    refused = visit("/")
    assert (refused.status_code, "<li>Code: NoSuchWebsiteConfiguration</li>" in refused.text) == (404, True)
    assert refusal(s3.get_bucket_website, Bucket=site) == (
        "NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration",
    )  # fmt: skip


def test_rules_redirect_and_so_do_objects(s3, site, visit):
    rules = [
        {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
        {"Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "app/"},
         "Redirect": {"ReplaceKeyWith": "index.html", "HttpRedirectCode": "302", "HostName": "example.com"}},
    ]  # fmt: skip
    s3.put_bucket_website(Bucket=site, WebsiteConfiguration={**INDEX, "RoutingRules": rules})
    moved = visit("/old/page")
    assert (moved.status_code, moved.headers["location"].partition("localhost")[2].partition("/")[2]) == (
        301,
        "new/page",
    )
    moved = visit("/app/route")
    assert (moved.status_code, moved.headers["location"]) == (302, "http://example.com/index.html")
    s3.put_object(Bucket=site, Key="short", Body=b"", WebsiteRedirectLocation="https://example.com/long")
    assert visit("/short").headers["location"] == "https://example.com/long"
    s3.put_bucket_website(
        Bucket=site, WebsiteConfiguration={"RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}}
    )
    assert visit("/x/y").headers["location"] == "https://example.com/x/y"


def test_a_link_from_anywhere_leads_to_a_website(http, cloud, site):
    """As a browser sends it that follows a redirect of another site: no origin, no referrer."""
    host = f"{site}.s3-website.localhost:{cloud.port}"
    headers = {"Host": host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert http.get(f"{cloud.endpoint}/", headers=headers).text == "home"


def test_website_configurations_that_cannot_be(s3, bucket):
    for wrong in (
        {"ErrorDocument": {"Key": "e"}}, {"IndexDocument": {"Suffix": "a/b"}},
        {"RedirectAllRequestsTo": {"HostName": "h"}, **INDEX},
    ):  # fmt: skip
        assert refusal(s3.put_bucket_website, Bucket=bucket, WebsiteConfiguration=wrong)[0] == "InvalidArgument"


RULE = {
    "AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["x-amz-*"],
    "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60,
}  # fmt: skip


@pytest.fixture
def shared(s3, bucket):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [RULE]})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    return bucket


def preflight(http, cloud, bucket, origin="https://app.example.com", method="PUT", headers="x-amz-acl"):  # noqa: PLR0917
    return http.options(
        f"{cloud.endpoint}/{bucket}/k",
        headers={
            "Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers,
        },
    )  # fmt: skip


def test_a_buckets_rules_answer_preflights(http, cloud, shared):
    allowed = preflight(http, cloud, shared)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, "https://app.example.com")
    assert allowed.headers["access-control-allow-methods"] == "GET, PUT"
    assert allowed.headers["access-control-allow-headers"] == "x-amz-acl"
    assert (allowed.headers["access-control-max-age"], allowed.headers["access-control-expose-headers"]) == (
        "60",
        "ETag",
    )
    for refused in (
        preflight(http, cloud, shared, method="DELETE"), preflight(http, cloud, shared, headers="x-other"),
        preflight(http, cloud, shared, origin="http://localhost:3000"),
    ):  # fmt: skip
        assert (refused.status_code, "CORSResponse: This CORS request is not allowed." in refused.text) == (403, True)
    assert preflight(http, cloud, shared, origin="https://evil.example").status_code == 403


def test_the_page_reads_the_answer_where_the_rules_let_it(http, cloud, shared, s3):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": shared, "Key": "k"})
    got = http.get(url, headers={"Origin": "https://app.example.com"})
    assert (got.status_code, got.headers["access-control-allow-origin"]) == (200, "https://app.example.com")
    local = http.get(url, headers={"Origin": "http://localhost:3000"})
    assert (local.status_code, "access-control-allow-origin" in local.headers) == (200, False)
    assert http.get(url, headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_bucket_without_rules_lets_no_page_read(http, cloud, bucket):
    refused = preflight(http, cloud, bucket, origin="http://localhost:3000")
    assert (refused.status_code, "CORSResponse: CORS is not enabled for this bucket." in refused.text) == (403, True)


def test_cors_rules_that_cannot_be(s3, bucket):
    def put(**rule):
        return refusal(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": [{**RULE, **rule}]})

    assert put(AllowedMethods=["PATCH"]) == (
        "InvalidRequest", 400, "Found unsupported HTTP method in CORS config. Unsupported method is PATCH",
    )  # fmt: skip
    assert put(AllowedOrigins=["*.*"])[2] == 'AllowedOrigin "*.*" can not have more than one wildcard.'
    assert refusal(s3.get_bucket_cors, Bucket=bucket) == (
        "NoSuchCORSConfiguration", 404, "The CORS configuration does not exist",
    )  # fmt: skip
