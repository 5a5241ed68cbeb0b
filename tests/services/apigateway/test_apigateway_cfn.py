"""CloudFormation's types of API Gateway: made, changed, read and removed as the engine calls them."""

from __future__ import annotations

import json

import pytest

from tests.resources.stack_calls import Stack
from tests.services.apigateway.api_calls import FUNCTION, Api, plain, refused

KIND = "AWS::ApiGateway::"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/c"
MOCK = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": '{"statusCode": 200}'},
    "IntegrationResponses": [{"StatusCode": "200", "ResponseParameters": {"method.response.header.A": "'b'"}}],
}


@pytest.fixture
def stack(cloud, account) -> Stack:
    return Stack(cloud, account)


@pytest.fixture
def rest(stack):
    return stack.create(f"{KIND}RestApi", Name="pets")


@pytest.fixture
def calls(gateway, rest):
    return Api(gateway, {"id": rest.ref, "rootResourceId": rest.att("RootResourceId")})


def a_method(stack, rest, **more):
    properties = {
        "RestApiId": rest.ref, "ResourceId": rest.att("RootResourceId"), "HttpMethod": "GET",
        "AuthorizationType": "NONE", "Integration": MOCK,
        "MethodResponses": [{"StatusCode": "200", "ResponseParameters": {"method.response.header.A": "true"}}],
    }  # fmt: skip
    return stack.create(f"{KIND}Method", **{**properties, **more})


def test_an_api_of_properties(stack, gateway):
    properties = {
        "Name": "pets", "Description": "d", "BinaryMediaTypes": ["a/b"], "MinimumCompressionSize": "10",
        "EndpointConfiguration": {"Types": ["REGIONAL"]}, "ApiKeySourceType": "AUTHORIZER",
        "Tags": [{"Key": "a", "Value": "1"}], "DisableExecuteApiEndpoint": "true",
    }  # fmt: skip
    api = stack.create(f"{KIND}RestApi", **properties)
    shown = gateway.get_rest_api(restApiId=api.ref)
    assert api.att("RestApiId") == api.ref
    assert api.att("RootResourceId") == shown["rootResourceId"]
    assert (shown["apiKeySource"], shown["disableExecuteApiEndpoint"]) == ("AUTHORIZER", True)
    assert (shown["minimumCompressionSize"], shown["tags"]) == (10, {"a": "1"})
    assert api.read()["EndpointConfiguration"] == {"Types": ["REGIONAL"], "ipAddressType": "ipv4"}
    statement = {
        "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
    }  # fmt: skip
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    api.update(Name="dogs", BinaryMediaTypes=["c/d"], EndpointConfiguration={"Types": ["EDGE"]}, Policy=policy)
    shown = gateway.get_rest_api(restApiId=api.ref)
    assert (shown["name"], shown["binaryMediaTypes"]) == ("dogs", ["c/d"])
    assert shown["endpointConfiguration"]["types"] == ["EDGE"]
    assert "description" not in shown
    assert "minimumCompressionSize" not in shown
    assert "tags" not in shown
    assert api.read()["Policy"]["Statement"][0]["Effect"] == "Allow"
    api.update(Name="dogs")
    assert "policy" not in gateway.get_rest_api(restApiId=api.ref)
    api.delete()
    api.delete()
    with refused("NotFound"):
        gateway.get_rest_api(restApiId=api.ref)


def test_an_api_of_a_document(stack, gateway, aws):
    path = {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}
    body = {"swagger": "2.0", "info": {"title": "document"}, "paths": {"/a": path}}
    api = stack.create(f"{KIND}RestApi", Body=body, Description="d", Parameters={"endpointConfigurationTypes": "EDGE"})
    shown = gateway.get_rest_api(restApiId=api.ref)
    assert (shown["name"], shown["description"]) == ("document", "d")
    body = {**body, "info": {"title": "other"}, "paths": {"/b": path}}
    api.update(Body=body, Name="own")
    assert gateway.get_rest_api(restApiId=api.ref)["name"] == "own"
    assert {one["path"] for one in gateway.get_resources(restApiId=api.ref)["items"]} == {"/", "/b"}
    s3, bucket = aws.client("s3"), f"documents-{aws.client('sts').get_caller_identity()['Account']}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="api.json", Body=json.dumps(body).encode())
    other = stack.create(f"{KIND}RestApi", BodyS3Location={"Bucket": bucket, "Key": "api.json"})
    assert gateway.get_rest_api(restApiId=other.ref)["name"] == "other"


def test_a_document_with_a_mistake_leaves_no_api(stack, gateway):
    body = {"swagger": "2.0", "info": {"title": "x"}, "paths": {}}
    with pytest.raises(Exception, match="policy"):
        stack.create(f"{KIND}RestApi", Body=body, Policy={"nothing": 1})
    assert gateway.get_rest_apis()["items"] == []


def test_resources_and_methods(stack, rest, calls):
    resource = stack.create(f"{KIND}Resource", RestApiId=rest.ref, ParentId=calls.root, PathPart="a")
    assert resource.att("ResourceId") == resource.ref
    method = a_method(stack, rest, ResourceId=resource.ref)
    shown = calls.get_method(resourceId=resource.ref, httpMethod="GET")
    assert shown["methodIntegration"]["integrationResponses"]["200"]["responseParameters"] == {
        "method.response.header.A": "'b'"
    }
    assert shown["methodResponses"]["200"]["responseParameters"] == {"method.response.header.A": True}
    assert method.read()["Integration"]["Type"] == "MOCK"
    properties = {**method.desired.properties, "ApiKeyRequired": "true", "AuthorizationType": "AWS_IAM"}
    properties["Integration"] = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": FUNCTION}
    method.update(**properties)
    shown = calls.get_method(resourceId=resource.ref, httpMethod="GET")
    assert (shown["apiKeyRequired"], shown["authorizationType"]) == (True, "AWS_IAM")
    assert shown["methodIntegration"]["httpMethod"] == "POST"
    assert "integrationResponses" not in shown["methodIntegration"]
    method.delete()
    method.delete()
    resource.delete()
    assert len(calls.get_resources()["items"]) == 1


def test_deployments_and_stages(stack, rest, calls):
    a_method(stack, rest)
    deployment = stack.create(f"{KIND}Deployment", RestApiId=rest.ref)
    settings = {
        "ResourcePath": "/~1", "HttpMethod": "GET", "CachingEnabled": "true", "CacheTtlInSeconds": "60",
    }  # fmt: skip
    everything = {"ResourcePath": "/*", "HttpMethod": "*", "MetricsEnabled": True}
    stage = stack.create(
        f"{KIND}Stage", RestApiId=rest.ref, DeploymentId=deployment.ref, StageName="v1",
        MethodSettings=[settings, everything], Variables={"a": "b"}, CacheClusterEnabled=True, CacheClusterSize="0.5",
        AccessLogSetting={"DestinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:g", "Format": "f"},
        Tags=[{"Key": "t", "Value": "1"}],
    )  # fmt: skip
    shown = calls.get_stage(stageName=stage.ref)
    assert shown["methodSettings"]["~1/GET"]["cacheTtlInSeconds"] == 60
    assert shown["methodSettings"]["*/*"]["metricsEnabled"] is True
    assert (shown["variables"], shown["tags"]) == ({"a": "b"}, {"t": "1"})
    assert shown["accessLogSettings"]["format"] == "f"
    assert stack.find(stage).physical_id == "v1"
    second = stack.create(f"{KIND}Deployment", RestApiId=rest.ref, Description="d")
    stage.update(
        RestApiId=rest.ref, DeploymentId=second.ref, StageName="v1", TracingEnabled=True, MethodSettings=[everything]
    )
    shown = calls.get_stage(stageName=stage.ref)
    assert list(shown["methodSettings"]) == ["*/*"]
    assert (shown["deploymentId"], shown["tracingEnabled"]) == (second.ref, True)
    assert not {"variables", "accessLogSettings", "tags"} & set(shown)
    assert shown["cacheClusterEnabled"] is False
    deployment.delete()
    stage.delete()
    second.delete()
    assert calls.get_deployments()["items"] == []


def test_a_deployment_with_its_stage(stack, rest, calls):
    a_method(stack, rest)
    description = {"CachingEnabled": True, "LoggingLevel": "INFO", "Variables": {"a": "b"}, "CacheClusterEnabled": True}
    first = stack.create(f"{KIND}Deployment", RestApiId=rest.ref, StageName="v1", StageDescription=description)
    shown = calls.get_stage(stageName="v1")
    assert shown["methodSettings"]["*/*"]["loggingLevel"] == "INFO"
    assert (shown["variables"], shown["deploymentId"]) == ({"a": "b"}, first.ref)
    second = stack.create(f"{KIND}Deployment", RestApiId=rest.ref, StageName="v1")
    assert calls.get_stage(stageName="v1")["deploymentId"] == second.ref
    first.delete()
    second.update(RestApiId=rest.ref, StageName="v1", Description="e", StageDescription={"Variables": {"a": "c"}})
    assert calls.get_stage(stageName="v1")["variables"] == {"a": "c"}
    second.delete()
    assert calls.get_stages()["item"] == []


def test_keys_and_plans(stack, rest, calls, gateway):
    a_method(stack, rest)
    calls.deploy()
    calls.deploy("v2")
    key = stack.create(f"{KIND}ApiKey", Enabled="true", Tags=[{"Key": "a", "Value": "1"}])
    shown = gateway.get_api_key(apiKey=key.ref)
    assert (shown["enabled"], shown["tags"], key.att("APIKeyId")) == (True, {"a": "1"}, key.ref)
    assert shown["name"] == key.desired.name
    key.update(Enabled=False, Description="d")
    shown = gateway.get_api_key(apiKey=key.ref)
    assert (shown["enabled"], shown["description"]) == (False, "d")
    stage = {"ApiId": rest.ref, "Stage": "v1", "Throttle": {"/GET": {"BurstLimit": 1, "RateLimit": "2"}}}
    plan = stack.create(
        f"{KIND}UsagePlan", ApiStages=[stage], Quota={"Limit": "5", "Period": "DAY"}, UsagePlanName="p",
        Throttle={"RateLimit": 1, "BurstLimit": 2},
    )  # fmt: skip
    link = stack.create(f"{KIND}UsagePlanKey", KeyId=key.ref, KeyType="API_KEY", UsagePlanId=plan.ref)
    assert link.read() == {"KeyId": key.ref, "KeyType": "API_KEY", "UsagePlanId": plan.ref}
    other = {"ApiId": rest.ref, "Stage": "v2"}
    plan.update(ApiStages=[other], Quota={"Limit": 7, "Period": "WEEK"}, UsagePlanName="q")
    shown = gateway.get_usage_plan(usagePlanId=plan.ref)
    assert shown["apiStages"] == [{"apiId": rest.ref, "stage": "v2"}]
    assert (shown["quota"]["limit"], shown["quota"]["period"], shown["name"]) == (7, "WEEK", "q")
    assert "throttle" not in shown
    for one in (link, plan, key):
        one.delete()
        one.delete()
    assert gateway.get_usage_plans()["items"] == gateway.get_api_keys()["items"] == []


CASES = {
    "Authorizer": (
        {"Name": "a", "Type": "TOKEN", "AuthorizerUri": FUNCTION,
         "IdentitySource": "method.request.header.A", "AuthorizerResultTtlInSeconds": "0"},
        {"Name": "b", "Type": "TOKEN", "AuthorizerUri": FUNCTION, "IdentitySource": "method.request.header.B"},
    ),
    "Model": (
        {"Name": "Pet", "ContentType": "application/json", "Schema": {"type": "object"}},
        {"Name": "Pet", "ContentType": "application/json", "Schema": {"type": "string"}, "Description": "d"},
    ),
    "RequestValidator": (
        {"Name": "v", "ValidateRequestBody": "true"}, {"Name": "v", "ValidateRequestParameters": True},
    ),
    "DocumentationPart": (
        {"Location": {"Type": "API"}, "Properties": "{}"}, {"Location": {"Type": "API"}, "Properties": '{"a": 1}'},
    ),
    "DocumentationVersion": (
        {"DocumentationVersion": "1"}, {"DocumentationVersion": "1", "Description": "d"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_parts_of_an_api(stack, rest, kind):
    first, second = CASES[kind]
    part = stack.create(f"{KIND}{kind}", RestApiId=rest.ref, **first)
    read = part.read()
    assert read["RestApiId"] == rest.ref
    part.update(RestApiId=rest.ref, **second)
    read = part.read()
    for name, value in second.items():
        if name != "Schema":
            assert str(read[name]).lower() == str(value).lower()
    part.delete()
    part.delete()
    with pytest.raises(Exception, match="Invalid"):
        part.read()


def test_gateway_responses(stack, rest, calls):
    kind = {"RestApiId": rest.ref, "ResponseType": "UNAUTHORIZED"}
    response = stack.create(f"{KIND}GatewayResponse", **kind, StatusCode=418)
    assert response.read() == {**kind, "StatusCode": "418"}
    response.update(**kind, StatusCode="401", ResponseTemplates={"text/plain": "no"})
    assert calls.get_gateway_response(responseType="UNAUTHORIZED")["responseTemplates"] == {"text/plain": "no"}
    response.delete()
    response.delete()
    assert calls.get_gateway_response(responseType="UNAUTHORIZED")["defaultResponse"] is True


@pytest.mark.parametrize("kind", ["VpcLink", "ClientCertificate"])
def test_what_an_account_has(stack, kind, gateway):
    first = {"Name": "l", "TargetArns": ["arn:x"]} if kind == "VpcLink" else {}
    made = stack.create(f"{KIND}{kind}", **first, Tags=[{"Key": "a", "Value": "1"}])
    assert made.att(f"{kind}Id") == made.ref
    made.update(**first, Description="d")
    assert made.read() == {**first, "Description": "d"}
    place = "vpclinks" if kind == "VpcLink" else "clientcertificates"
    arn = f"arn:aws:apigateway:us-east-1::/{place}/{made.ref}"
    assert gateway.get_tags(resourceArn=arn)["tags"] == {}
    made.delete()
    made.delete()


def test_domains(stack, rest, calls, gateway, account):
    a_method(stack, rest)
    calls.deploy()
    name = f"cfn-{account}.example.com"
    regional = {
        "DomainName": name, "RegionalCertificateArn": CERTIFICATE, "EndpointConfiguration": {"Types": ["REGIONAL"]},
    }  # fmt: skip
    domain = stack.create(f"{KIND}DomainName", **regional)
    assert (domain.ref, domain.att("DistributionDomainName")) == (name, "")
    assert domain.att("RegionalDomainName").startswith("d-")
    mapping = stack.create(f"{KIND}BasePathMapping", DomainName=name, RestApiId=rest.ref)
    assert mapping.ref == f"{name}|(none)"
    mapping.update(DomainName=name, RestApiId=rest.ref, Stage="v1")
    assert plain(gateway.get_base_path_mapping(domainName=name, basePath="(none)"))["stage"] == "v1"
    domain.update(**{**regional, "SecurityPolicy": "TLS_1_0"}, tags={"a": "1"})
    shown = gateway.get_domain_name(domainName=name)
    assert (shown["securityPolicy"], shown["tags"]) == ("TLS_1_0", {"a": "1"})
    for one in (mapping, domain):
        one.delete()
        one.delete()


def test_what_a_crash_has_left_is_found(stack, rest, calls, gateway, account):
    resource = stack.create(f"{KIND}Resource", RestApiId=rest.ref, ParentId=calls.root, PathPart="a")
    method = a_method(stack, rest, ResourceId=resource.ref)
    calls.delete_integration(resourceId=resource.ref, httpMethod="GET")
    key = stack.create(f"{KIND}ApiKey", Enabled=True)
    plan = stack.create(f"{KIND}UsagePlan")
    link = stack.create(f"{KIND}UsagePlanKey", KeyId=key.ref, KeyType="API_KEY", UsagePlanId=plan.ref)
    token = {"Type": "TOKEN", "AuthorizerUri": FUNCTION, "IdentitySource": "method.request.header.A"}
    authorizer = stack.create(f"{KIND}Authorizer", RestApiId=rest.ref, Name="a", **token)
    name = f"crash-{account}.example.com"
    domain = stack.create(f"{KIND}DomainName", DomainName=name, CertificateArn=CERTIFICATE)
    mapping = stack.create(f"{KIND}BasePathMapping", DomainName=name, RestApiId=rest.ref)
    part = stack.create(f"{KIND}DocumentationPart", RestApiId=rest.ref, Location={"Type": "API"}, Properties="{}")
    for one in (resource, method, key, plan, link, authorizer, domain, mapping, part):
        assert stack.find(one) == one.made, one.desired.type
    assert calls.get_integration(resourceId=resource.ref, httpMethod="GET")["type"] == "MOCK"
    deployment = stack.create(f"{KIND}Deployment", RestApiId=rest.ref)
    everything = [{"ResourcePath": "/*", "HttpMethod": "*", "MetricsEnabled": True}]
    stage = stack.create(
        f"{KIND}Stage", RestApiId=rest.ref, DeploymentId=deployment.ref, StageName="v1", MethodSettings=everything
    )
    calls.update_stage(stageName="v1", patchOperations=[{"op": "remove", "path": "/*/*"}])
    assert stack.find(stage) == stage.made
    assert calls.get_stage(stageName="v1")["methodSettings"]["*/*"]["metricsEnabled"] is True
    for one in (mapping, link, resource):
        one.delete()
        assert stack.find(one) is None


def test_the_account(stack, gateway, aws, account):
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName="logs", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    made = stack.create(f"{KIND}Account", CloudWatchRoleArn=role)
    assert made.read() == {"CloudWatchRoleArn": role}
    made.delete()
    assert gateway.get_account()["cloudwatchRoleArn"] == role
