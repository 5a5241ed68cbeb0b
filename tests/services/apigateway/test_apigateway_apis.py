"""REST APIs themselves: CreateRestApi, GetRestApi(s), UpdateRestApi, DeleteRestApi; tags."""

from __future__ import annotations

import json

import pytest

from tests.services.apigateway.api_calls import Api, patch, plain, refused, replace

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/v1/GET/pets"}
    ],
}

# wrong input


def test_settings_that_aws_refuses(gateway):
    with refused("BadRequest", "Invalid minimum compression size, must be between 0 and 10485760"):
        gateway.create_rest_api(name="a", minimumCompressionSize=10_485_761)
    with refused("BadRequest", "Cannot create an api with multiple Endpoint Types"):
        gateway.create_rest_api(name="a", endpointConfiguration={"types": ["EDGE", "REGIONAL"]})
    for wrong in (
        {"name": " "}, {"name": "a", "apiKeySource": "BODY"}, {"name": "a", "tags": {"aws:x": "y"}},
        {"name": "a", "endpointConfiguration": {"types": ["GLOBAL"]}},
        {"name": "a", "endpointConfiguration": {"types": ["EDGE"], "vpcEndpointIds": ["vpce-1"]}},
    ):  # fmt: skip
        with refused("BadRequest"):
            gateway.create_rest_api(**wrong)


def test_policies_that_aws_refuses(gateway):
    message = "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
    for wrong in ("{", "[]", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]})):
        with refused("BadRequest", message):
            gateway.create_rest_api(name="a", policy=wrong)


def test_a_patch_of_what_cannot_be_patched_names_what_can(api):
    message = (
        "Invalid patch path  '/createdDate' specified for op 'remove'. Must be one of: [/minimumCompressionSize, "
        "/binaryMediaTypes/{media_type}, /endpointConfiguration/types/{type}, /endpointConfiguration/vpcEndpointIds]"
    )
    with refused("BadRequest", message):
        api.update_rest_api(patchOperations=[patch("remove", "/createdDate")])
    with refused("BadRequest"):
        api.update_rest_api(patchOperations=[replace("/disableExecuteApiEndpoint", "perhaps")])
    with refused("BadRequest"):
        api.update_rest_api(patchOperations=[{"op": "increase", "path": "/name"}])


# wrong state


def test_what_is_not_there(gateway, account):
    for call in (gateway.get_rest_api, gateway.delete_rest_api, gateway.get_resources, gateway.get_stages):
        with refused("NotFound", f"Invalid API identifier specified {account}:nothing"):
            call(restApiId="nothing")
    with refused("NotFound"):
        gateway.create_rest_api(name="copy", cloneFrom="nothing")


def test_an_api_is_of_its_account_and_region(api, aws, cloud):
    other = aws.client("apigateway", region_name="eu-west-1")
    with refused("NotFound"):
        other.get_rest_api(restApiId=api.id)
    assert other.get_rest_apis()["items"] == []


# behaviour


def test_an_api_has_what_aws_fills_in(api):
    made = api.get_rest_api()
    assert made.pop("createdDate") == api.made["createdDate"]
    assert made == {
        "id": api.id, "name": "pets", "apiKeySource": "HEADER", "disableExecuteApiEndpoint": False,
        "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"}, "rootResourceId": api.root,
        "apiStatus": "AVAILABLE",
    }  # fmt: skip
    assert api.get_resources()["items"] == [{"id": api.root, "path": "/"}]
    assert [model["name"] for model in api.get_models()["items"]] == ["Empty", "Error"]


def test_a_policy_is_written_in_full_and_shown_escaped(make, account):
    api = make(policy=json.dumps(POLICY))
    shown = api.get_rest_api()["policy"]
    assert shown.startswith('{\\"Version\\":\\"2012-10-17\\"')
    policy = json.loads(json.loads(f'"{shown}"'))
    resource = f"arn:aws:execute-api:us-east-1:{account}:{api.id}/v1/GET/pets"
    assert policy["Statement"][0]["Resource"] == resource
    api.update_rest_api(patchOperations=[replace("/policy", "")])
    assert "policy" not in api.get_rest_api()


def test_patches_change_settings(make):
    api = make(binaryMediaTypes=["image/png"], endpointConfiguration={"types": ["REGIONAL"]})
    changed = api.update_rest_api(
        patchOperations=[
            replace("/name", "dogs"), replace("/description", "d"), patch("add", "/binaryMediaTypes/image~1gif"),
            patch("replace", "/binaryMediaTypes/image~1png", "image/jpeg"), replace("/minimumCompressionSize", "100"),
            replace("/endpointConfiguration/types/REGIONAL", "EDGE"), replace("/apiKeySource", "AUTHORIZER"),
        ]
    )  # fmt: skip
    assert (changed["name"], changed["description"], changed["apiKeySource"]) == ("dogs", "d", "AUTHORIZER")
    assert changed["binaryMediaTypes"] == ["image/jpeg", "image/gif"]
    assert changed["minimumCompressionSize"] == 100
    assert changed["endpointConfiguration"] == {"types": ["EDGE"], "ipAddressType": "ipv4"}
    removals = [patch("remove", f"/binaryMediaTypes/image~1{kind}") for kind in ("jpeg", "gif")]
    assert "binaryMediaTypes" not in api.update_rest_api(patchOperations=removals)


def test_a_refused_patch_changes_nothing(api):
    with refused("BadRequest"):
        api.update_rest_api(patchOperations=[replace("/name", "dogs"), replace("/nothing", "x")])
    assert api.get_rest_api()["name"] == "pets"


def test_a_copy_has_all_but_stages(mocked, make):
    mocked.method("GET", "/pets/{id}")
    mocked.deploy()
    copy = make(cloneFrom=mocked.id)
    assert {one["path"] for one in copy.get_resources()["items"]} == {"/", "/pets", "/pets/{id}"}
    assert copy.get_integration(resourceId=copy.root, httpMethod="GET")["type"] == "MOCK"
    assert copy.get_stages()["item"] == []
    copy.delete_method(resourceId=copy.root, httpMethod="GET")
    assert mocked.get_method(resourceId=mocked.root, httpMethod="GET")["authorizationType"] == "NONE"


def test_apis_come_in_pages(gateway, make):
    made = sorted(make(name=str(n)).id for n in range(5))
    pages = gateway.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 2})
    assert [[one["id"] for one in page["items"]] for page in pages] == [made[:2], made[2:4], made[4:]]
    for limit in (0, 501):
        with refused("BadRequest"):
            gateway.get_rest_apis(limit=limit)
    with refused("BadRequest"):
        gateway.get_rest_apis(position="?")


def test_a_deleted_api_is_gone_with_all_that_is_in_it(mocked, gateway):
    mocked.deploy()
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{mocked.id}/stages/v1"
    mocked.delete_rest_api()
    assert gateway.get_rest_apis()["items"] == []
    with refused("NotFound"):
        gateway.get_tags(resourceArn=arn)


def test_tags(make, gateway):
    api = make(tags={"a": "1"})
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api.id}"
    gateway.tag_resource(resourceArn=arn, tags={"b": "2", "a": "3"})
    assert gateway.get_tags(resourceArn=arn)["tags"] == api.get_rest_api()["tags"] == {"a": "3", "b": "2"}
    gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert gateway.get_tags(resourceArn=arn)["tags"] == {"b": "2"}
    with refused("BadRequest"):
        gateway.tag_resource(resourceArn=arn, tags={"aws:a": "b"})
    with refused("NotFound"):
        gateway.tag_resource(resourceArn=arn + "x", tags={"a": "b"})


@pytest.mark.parametrize("kind", ["stages", "apikeys", "usageplans", "domainnames", "vpclinks", "clientcertificates"])
def test_tags_of_other_things(kind, gateway, mocked, account):
    mocked.deploy()
    name = f"{account}.example.com"
    made = {
        "stages": lambda: f"restapis/{mocked.id}/stages/v1",
        "apikeys": lambda: f"apikeys/{gateway.create_api_key(name='k')['id']}",
        "usageplans": lambda: f"usageplans/{gateway.create_usage_plan(name='p')['id']}",
        "domainnames": lambda: (
            "domainnames/" + gateway.create_domain_name(domainName=name, certificateArn="arn:aws:acm:x")["domainName"]
        ),
        "vpclinks": lambda: f"vpclinks/{gateway.create_vpc_link(name='l', targetArns=['arn:x'])['id']}",
        "clientcertificates": lambda: (
            "clientcertificates/" + gateway.generate_client_certificate()["clientCertificateId"]
        ),
    }[kind]()
    arn = f"arn:aws:apigateway:us-east-1::/{made}"
    gateway.tag_resource(resourceArn=arn, tags={"a": "1"})
    assert plain(gateway.get_tags(resourceArn=arn)) == {"tags": {"a": "1"}}


def test_the_directory_knows_apis_of_both_versions(cloud, aws, mocked):
    mocked.deploy()
    other = aws.client("apigatewayv2").create_api(Name="chat", ProtocolType="HTTP")["ApiId"]
    place = "arn:aws:apigateway:us-east-1::"
    arns = [f"{place}/restapis/{mocked.id}", f"{place}/restapis/{mocked.id}/stages/v1", f"{place}/apis/{other}"]
    found = cloud.look(lambda running: [running.directory.find(arn) for arn in arns])
    assert [one.name for one in found] == ["pets", "v1", "chat"]
    assert [one.type for one in found] == [
        "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Api",
    ]  # fmt: skip
    listed = cloud.look(lambda running: {one.arn for one in running.directory.all(region="us-east-1")})
    assert set(arns) <= listed


def test_iam_asks_for_the_path(cloud, aws, mocked, models):
    """The actions are HTTP's methods, and the resource is the path of the request."""
    iam = aws.client("iam")
    statement = {
        "Effect": "Allow", "Action": "apigateway:GET",
        "Resource": f"arn:aws:apigateway:us-east-1::/restapis/{mocked.id}/resources/*",
    }  # fmt: skip
    iam.create_user(UserName="u")
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document)
    access = iam.create_access_key(UserName="u")["AccessKey"]
    session = cloud.session_with(access["AccessKeyId"], access["SecretAccessKey"])
    user = Api(session.client("apigateway"), mocked.made)
    assert user.get_method(resourceId=mocked.root, httpMethod="GET")["httpMethod"] == "GET"
    with refused("AccessDenied"):
        user.delete_method(resourceId=mocked.root, httpMethod="GET")
    with refused("AccessDenied"):
        user.get_rest_api()
