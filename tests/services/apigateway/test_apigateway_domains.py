"""Custom domain names, base path mappings, the account, VPC links, client certificates, SDK types."""

from __future__ import annotations

import json

import pytest
from cryptography import x509

from tests.services.apigateway.api_calls import patch, plain, refused, replace

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/c"


@pytest.fixture
def domain(gateway, account):
    """Names of domains are everybody's, so each test has its own."""
    name = f"api-{account}.example.com"
    gateway.create_domain_name(
        domainName=name, regionalCertificateArn=CERTIFICATE, endpointConfiguration={"types": ["REGIONAL"]}
    )
    return name


# wrong input


def test_domains_that_aws_refuses(gateway):
    for wrong in (
        {"domainName": "a b", "certificateArn": CERTIFICATE}, {"domainName": "-a.com", "certificateArn": CERTIFICATE},
        {"domainName": "a.com"}, {"domainName": "a.com", "certificateArn": CERTIFICATE, "securityPolicy": "SSL_3"},
        {"domainName": "a.com", "certificateArn": CERTIFICATE, "endpointConfiguration": {"types": ["REGIONAL"]}},
    ):  # fmt: skip
        with refused("BadRequest"):
            gateway.create_domain_name(**wrong)


def test_mappings_that_aws_refuses(gateway, domain, mocked):
    with refused("BadRequest", "Invalid REST API identifier specified"):
        gateway.create_base_path_mapping(domainName=domain, restApiId="nothing")
    with refused("BadRequest", "Invalid stage identifier specified"):
        gateway.create_base_path_mapping(domainName=domain, restApiId=mocked.id, stage="nothing")
    with refused("BadRequest"):
        gateway.create_base_path_mapping(domainName=domain, restApiId=mocked.id, basePath="a/b")


# wrong state


def test_what_is_not_there_or_there_already(gateway, domain, mocked):
    with refused("NotFound", "Invalid domain name identifier specified"):
        gateway.get_domain_name(domainName="nothing.example.com")
    with refused("NotFound", "Invalid base path mapping identifier specified"):
        gateway.get_base_path_mapping(domainName=domain, basePath="(none)")
    with refused("BadRequest", "The domain name you provided already exists."):
        gateway.create_domain_name(domainName=domain.upper(), certificateArn=CERTIFICATE)
    gateway.create_base_path_mapping(domainName=domain, restApiId=mocked.id)
    with refused("Conflict", "Base path already exists for this domain name"):
        gateway.create_base_path_mapping(domainName=domain, restApiId=mocked.id, basePath="(none)")


def test_an_api_and_a_stage_with_a_mapping_stay(gateway, domain, mocked):
    mocked.deploy()
    gateway.create_base_path_mapping(domainName=domain, restApiId=mocked.id, stage="v1")
    message = "Deleting {} {} failed. Please remove all base path mappings related to the {} in your domains: " + domain
    with refused("BadRequest", message.format("RestApi", mocked.id, "RestApi")):
        mocked.delete_rest_api()
    with refused("BadRequest", message.format("stage", "v1", "stage")):
        mocked.delete_stage(stageName="v1")
    gateway.delete_base_path_mapping(domainName=domain, basePath="(none)")
    mocked.delete_rest_api()


# behaviour


def test_a_domain_has_what_aws_fills_in(gateway, domain, account):
    shown = gateway.get_domain_name(domainName=domain)
    assert shown["regionalDomainName"].endswith(".execute-api.us-east-1.amazonaws.com")
    assert (shown["domainNameStatus"], shown["securityPolicy"]) == ("AVAILABLE", "TLS_1_2")
    assert shown["domainNameArn"] == f"arn:aws:apigateway:us-east-1:{account}:/domainnames/{domain}"
    assert shown["endpointConfiguration"]["types"] == ["REGIONAL"]
    edge = gateway.create_domain_name(domainName=f"edge.{domain}", certificateArn=CERTIFICATE)
    assert edge["distributionDomainName"].endswith(".cloudfront.net")
    operations = [replace("/regionalCertificateArn", CERTIFICATE + "2"), replace("/securityPolicy", "TLS_1_0")]
    changed = gateway.update_domain_name(domainName=domain, patchOperations=operations)
    assert (changed["regionalCertificateArn"], changed["securityPolicy"]) == (CERTIFICATE + "2", "TLS_1_0")
    assert changed["regionalDomainName"] == shown["regionalDomainName"]
    assert {one["domainName"] for one in gateway.get_domain_names()["items"]} == {domain, f"edge.{domain}"}


def test_mappings(gateway, domain, mocked, cloud):
    mocked.deploy()
    gateway.create_base_path_mapping(domainName=domain, restApiId=mocked.id, basePath="pets", stage="v1")
    gateway.create_base_path_mapping(domainName=domain, restApiId=mocked.id)
    assert [plain(one) for one in gateway.get_base_path_mappings(domainName=domain)["items"]] == [
        {"basePath": "(none)", "restApiId": mocked.id},
        {"basePath": "pets", "restApiId": mocked.id, "stage": "v1"},
    ]
    changed = gateway.update_base_path_mapping(
        domainName=domain, basePath="pets", patchOperations=[replace("/basePath", "dogs"), patch("remove", "/stage")]
    )
    assert plain(changed) == {"basePath": "dogs", "restApiId": mocked.id}
    with refused("Conflict"):
        gateway.update_base_path_mapping(
            domainName=domain, basePath="dogs", patchOperations=[replace("/basePath", "(none)")]
        )
    look = cloud.look(lambda running: running.registry.get("apigateway").service.store.domain(f"{domain.upper()}:443"))
    assert [mapping.path for mapping in look[1]] == ["dogs", ""]
    gateway.delete_domain_name(domainName=domain)
    assert cloud.look(lambda running: running.registry.get("apigateway").service.store.domain(domain)) is None


def test_private_domains_are_not_here(gateway):
    with pytest.raises(Exception, match="NotImplemented"):
        gateway.create_domain_name(
            domainName="p.example.com", certificateArn=CERTIFICATE, endpointConfiguration={"types": ["PRIVATE"]}
        )


def test_the_account_takes_a_role_that_api_gateway_may_assume(gateway, aws, account):
    shown = gateway.get_account()
    assert plain(shown) == {
        "throttleSettings": {"burstLimit": 5000, "rateLimit": 10_000.0}, "features": ["UsagePlans"],
        "apiKeyVersion": "4",
    }  # fmt: skip
    message = (
        "The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and "
        "add the required role policy."
    )
    role = f"arn:aws:iam::{account}:role/logs"
    with refused("BadRequest", message):
        gateway.update_account(patchOperations=[replace("/cloudwatchRoleArn", role)])
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws.client("iam").create_role(RoleName="logs", AssumeRolePolicyDocument=document)
    assert gateway.update_account(patchOperations=[replace("/cloudwatchRoleArn", role)])["cloudwatchRoleArn"] == role
    assert "cloudwatchRoleArn" not in gateway.update_account(patchOperations=[replace("/cloudwatchRoleArn", "")])


def test_a_client_certificate_is_a_real_one(gateway):
    made = gateway.generate_client_certificate(description="d")
    certificate = x509.load_pem_x509_certificate(made["pemEncodedCertificate"].encode())
    assert certificate.public_key().key_size == 2048
    assert certificate.not_valid_after_utc == made["expirationDate"]
    name = {"clientCertificateId": made["clientCertificateId"]}
    changed = gateway.update_client_certificate(**name, patchOperations=[replace("/description", "e")])
    assert changed["description"] == "e"
    assert "privateKey" not in changed
    assert len(gateway.get_client_certificates()["items"]) == 1
    gateway.delete_client_certificate(**name)
    with refused("NotFound", "Invalid Client Certificate identifier specified"):
        gateway.get_client_certificate(**name)


def test_vpc_links_are_kept(gateway):
    with refused("BadRequest"):
        gateway.create_vpc_link(name="l", targetArns=[])
    made = gateway.create_vpc_link(name="l", targetArns=["arn:aws:elasticloadbalancing:x"])
    assert made["status"] == "AVAILABLE"
    changed = gateway.update_vpc_link(vpcLinkId=made["id"], patchOperations=[replace("/name", "m")])
    assert [plain(one) for one in gateway.get_vpc_links()["items"]] == [plain(changed)]
    gateway.delete_vpc_link(vpcLinkId=made["id"])
    with refused("NotFound"):
        gateway.get_vpc_link(vpcLinkId=made["id"])


def test_kinds_of_sdks(gateway):
    kinds = {one["id"] for one in gateway.get_sdk_types()["items"]}
    assert kinds == {"android", "java", "javascript", "objectivec", "ruby", "swift"}
    shown = gateway.get_sdk_type(id="swift")
    assert shown["configurationProperties"] == [{"name": "classPrefix", "friendlyName": "Prefix", "required": True}]
    with refused("NotFound"):
        gateway.get_sdk_type(id="cobol")
