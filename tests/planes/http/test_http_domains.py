"""Custom domains: the host leads to APIs by path; and HTTPS."""

from __future__ import annotations

import httpx
import pytest

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/c"


@pytest.fixture
def domain(api, echo, account):
    """A domain with two stages of an API behind it."""
    name = f"{api.id}.example.com"
    integration = api.function(echo)
    api.route("GET /pets/{id}", integration)
    api.route("GET /", integration)
    api.deploy("prod", StageVariables={"which": "prod"})
    api.deploy("dev", StageVariables={"which": "dev"})
    api.client.create_domain_name(DomainName=name, DomainNameConfigurations=[{"CertificateArn": CERTIFICATE}])
    api.client.create_api_mapping(DomainName=name, ApiId=api.id, Stage="prod")
    api.client.create_api_mapping(DomainName=name, ApiId=api.id, Stage="dev", ApiMappingKey="try/this")
    return name


def get(api, domain: str, path: str) -> httpx.Response:
    return httpx.get(f"{api.cloud.endpoint}{path}", headers={"host": domain})


def test_the_longest_path_leads_the_way(api, domain):
    event = get(api, domain, "/pets/1").json()
    assert (event["stageVariables"]["which"], event["pathParameters"], event["rawPath"]) == (
        "prod",
        {"id": "1"},
        "/pets/1",
    )
    assert event["requestContext"]["domainName"] == domain
    event = get(api, domain, "/try/this/pets/1").json()
    assert (event["stageVariables"]["which"], event["pathParameters"]) == ("dev", {"id": "1"})
    assert event["rawPath"] == "/try/this/pets/1"
    assert get(api, domain, "/try/this").json()["stageVariables"]["which"] == "dev"
    assert get(api, domain, "/nothing").json() == {"message": "Not Found"}


def test_a_closed_endpoint_is_open_through_the_domain(api, domain):
    api.client.update_api(ApiId=api.id, DisableExecuteApiEndpoint=True)
    assert api.get("/prod/pets/1").status_code == 404
    assert get(api, domain, "/pets/1").status_code == 200


def test_https_on_the_same_port(api, echo, cloud):
    api.route("GET /", api.function(echo))
    api.deploy()
    with httpx.Client(verify=False) as client:
        request = client.build_request("GET", f"https://127.0.0.1:{cloud.port}/", headers={"host": api.host})
        event = client.send(request).json()
    assert event["headers"]["x-forwarded-proto"] == "https"
