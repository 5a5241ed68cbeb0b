"""Where the requests of APIs go, as the directory tells it before there were any."""

from __future__ import annotations

import pytest

VARIABLE = "${stageVariables.name}"


class Rest:
    """A REST API with a resource for each integration."""

    def __init__(self, client, account):
        self.client = client
        self.account = account
        made = client.create_rest_api(name="shop")
        self.id, self._root = made["id"], made["rootResourceId"]
        self.arn = f"arn:aws:apigateway:us-east-1::/restapis/{self.id}"

    def named(self, uri: str) -> str:
        return f"arn:aws:apigateway:us-east-1:{uri}"

    def invoking(self, function: str) -> str:
        return self.named(f"lambda:path/2015-03-31/functions/{function}/invocations")

    def integrate(self, path: str, uri: str, kind: str = "AWS", **more) -> None:
        place = {
            "restApiId": self.id, "httpMethod": "POST",
            "resourceId": self.client.create_resource(restApiId=self.id, parentId=self._root, pathPart=path)["id"],
        }  # fmt: skip
        self.client.put_method(**place, authorizationType="NONE")
        self.client.put_integration(**place, type=kind, integrationHttpMethod="POST", uri=uri, **more)


@pytest.fixture
def links(cloud, account):
    """`links(arn)`: those that a listing gives, which are the same that the resource itself gives."""

    def ask(arn: str) -> tuple[str, ...]:
        [listed] = cloud.look(lambda inside: [one for one in inside.directory.all(account) if one.arn == arn])
        assert cloud.look(lambda inside: inside.directory.find(arn)) == listed
        return listed.links

    return ask


@pytest.fixture
def rest(aws, account):
    return Rest(aws.client("apigateway"), account)


@pytest.fixture
def http(aws):
    """`http("HTTP")` makes an API; its id."""

    def make(protocol: str = "HTTP", **more) -> str:
        return aws.client("apigatewayv2").create_api(Name="web", ProtocolType=protocol, **more)["ApiId"]

    return make


def function_arn(account: str, name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{account}:function:{name}"


def test_a_rest_api_leads_to_its_functions_each_once(rest, links):
    f, g = (function_arn(rest.account, name) for name in "fg")
    rest.integrate("a", rest.invoking(f), "AWS_PROXY")
    rest.integrate("b", rest.invoking(f), "AWS_PROXY")
    rest.integrate("c", rest.invoking(f"{g}:live"))
    rest.integrate("d", "https://example.com/", "HTTP_PROXY")
    assert set(links(rest.arn)) == {f, f"{g}:live"}
    assert len(links(rest.arn)) == 2


def test_a_function_that_a_stage_variable_names_is_left_out(rest, links):
    rest.integrate("a", rest.invoking(function_arn(rest.account, VARIABLE)), "AWS_PROXY")
    rest.integrate("b", rest.invoking(f"{function_arn(rest.account, 'f')}:{VARIABLE}"), "AWS_PROXY")
    assert links(rest.arn) == ()


@pytest.mark.parametrize(("uri", "more", "link"), [
    ("sqs:path/{account}/jobs", {}, "arn:aws:sqs:us-east-1:{account}:jobs"),
    ("s3:path/photos/{{key}}", {}, "arn:aws:s3:::photos"),
    ("photos.s3:path/{{key}}", {}, "arn:aws:s3:::photos"),
    ("sns:action/Publish",
     {"requestParameters": {"integration.request.querystring.TopicArn": "'arn:aws:sns:us-east-1:{account}:news'"}},
     "arn:aws:sns:us-east-1:{account}:news"),
    ("sns:action/Publish",
     {"requestTemplates": {"application/json": "TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A{account}%3Anews&x=1"}},
     "arn:aws:sns:us-east-1:{account}:news"),
    ("sqs:action/SendMessage",
     {"requestTemplates": {"application/json": "QueueUrl=https://sqs.us-east-1.amazonaws.com/{account}/jobs&x=1"}},
     "arn:aws:sqs:us-east-1:{account}:jobs"),
    ("dynamodb:action/PutItem", {"requestTemplates": {"application/json": '{{"TableName": "todos", "Item": {{}}}}'}},
     "arn:aws:dynamodb:us-east-1:{account}:table/todos"),
    ("events:action/PutEvents", {"requestTemplates": {"application/json": '{{"EventBusName": "orders"}}'}},
     "arn:aws:events:us-east-1:{account}:event-bus/orders"),
])  # fmt: skip
def test_a_rest_api_leads_to_the_resource_behind_a_service(rest, links, uri, more, link):
    filled = {
        member: {name: text.format(account=rest.account) for name, text in texts.items()}
        for member, texts in more.items()
    }
    role = f"arn:aws:iam::{rest.account}:role/caller"
    rest.integrate("a", rest.named(uri.format(account=rest.account)), credentials=role, **filled)
    assert links(rest.arn) == (link.format(account=rest.account), role)


def test_a_queue_that_a_path_of_the_request_names_is_left_out(rest, links):
    rest.integrate("a", rest.named(f"sqs:path/{rest.account}/{{queue}}"), credentials="arn:aws:iam::*:user/*")
    assert links(rest.arn) == ()


def test_a_rest_api_leads_to_its_authorisers(rest, links):
    pool, f = f"arn:aws:cognito-idp:us-east-1:{rest.account}:userpool/us-east-1_abc", function_arn(rest.account, "f")
    source = {"restApiId": rest.id, "identitySource": "method.request.header.Authorization"}
    rest.client.create_authorizer(name="users", type="COGNITO_USER_POOLS", providerARNs=[pool], **source)
    rest.client.create_authorizer(name="own", type="TOKEN", authorizerUri=rest.invoking(f), **source)
    assert set(links(rest.arn)) == {pool, f}


def test_a_stage_belongs_to_its_api(rest, links):
    rest.integrate("a", rest.invoking(function_arn(rest.account, "f")), "AWS_PROXY")
    rest.client.create_deployment(restApiId=rest.id, stageName="prod")
    assert links(f"{rest.arn}/stages/prod") == (rest.arn,)


def test_an_http_api_leads_to_functions_however_they_are_named(aws, account, http, links):
    client, api, (f, g) = aws.client("apigatewayv2"), http(), [function_arn(account, name) for name in "fg"]
    for uri in (f, f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{g}/invocations"):
        client.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=uri, PayloadFormatVersion="2.0"
        )
    client.create_integration(
        ApiId=api, IntegrationType="HTTP_PROXY", IntegrationUri="https://example.com/", IntegrationMethod="GET",
        PayloadFormatVersion="1.0",
    )  # fmt: skip
    assert set(links(f"arn:aws:apigateway:us-east-1::/apis/{api}")) == {f, g}


def test_an_http_api_leads_to_the_pool_whose_tokens_it_takes(aws, account, http, links):
    client, api, f = aws.client("apigatewayv2"), http(), function_arn(account, "f")
    request = {"ApiId": api, "IdentitySource": ["$request.header.Authorization"]}
    issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abc"
    client.create_authorizer(
        Name="users", AuthorizerType="JWT", JwtConfiguration={"Issuer": issuer, "Audience": ["app"]}, **request
    )
    client.create_authorizer(
        Name="own", AuthorizerType="REQUEST", AuthorizerPayloadFormatVersion="2.0",
        AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{f}/invocations", **request,
    )  # fmt: skip
    found = links(f"arn:aws:apigateway:us-east-1::/apis/{api}")
    assert set(found) == {f"arn:aws:cognito-idp:us-east-1:{account}:userpool/us-east-1_abc", f}


def test_an_http_api_leads_to_the_queues_and_buses_it_calls_directly(aws, account, http, links):
    client, api, role = aws.client("apigatewayv2"), http(), f"arn:aws:iam::{account}:role/caller"
    request = {
        "ApiId": api, "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "1.0", "CredentialsArn": role,
    }  # fmt: skip
    queue = f"https://sqs.us-east-1.amazonaws.com/{account}/jobs"
    event = {"Detail": "$request.body", "DetailType": "order", "Source": "shop"}
    for subtype, parameters in (
        ("SQS-SendMessage", {"QueueUrl": queue, "MessageBody": "$request.body"}),
        ("EventBridge-PutEvents", event), ("EventBridge-PutEvents", {**event, "EventBusName": "orders"}),
    ):  # fmt: skip
        client.create_integration(**request, IntegrationSubtype=subtype, RequestParameters=parameters)
    bus = f"arn:aws:events:us-east-1:{account}:event-bus"
    assert set(links(f"arn:aws:apigateway:us-east-1::/apis/{api}")) == {
        f"arn:aws:sqs:us-east-1:{account}:jobs", role, f"{bus}/default", f"{bus}/orders",
    }  # fmt: skip


def test_a_websocket_api_leads_to_its_functions(aws, account, http, links):
    api, f = http("WEBSOCKET", RouteSelectionExpression="$request.body.action"), function_arn(account, "f")
    aws.client("apigatewayv2").create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationMethod="POST",
        IntegrationUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{f}/invocations",
    )  # fmt: skip
    assert links(f"arn:aws:apigateway:us-east-1::/apis/{api}") == (f,)


def test_a_domain_leads_to_the_apis_of_both_versions_behind_it(aws, account, rest, http, links):
    certificate = f"arn:aws:acm:us-east-1:{account}:certificate/abc"
    name = f"api-{account}.example.com"
    rest.integrate("a", rest.invoking(function_arn(account, "f")), "AWS_PROXY")
    rest.client.create_deployment(restApiId=rest.id, stageName="prod")
    rest.client.create_domain_name(
        domainName=name, regionalCertificateArn=certificate, endpointConfiguration={"types": ["REGIONAL"]},
        securityPolicy="TLS_1_2",
    )  # fmt: skip
    rest.client.create_base_path_mapping(domainName=name, basePath="v1", restApiId=rest.id, stage="prod")
    client, api = aws.client("apigatewayv2"), http()
    client.create_stage(ApiId=api, StageName="prod")
    client.create_api_mapping(ApiId=api, DomainName=name, Stage="prod", ApiMappingKey="v2")
    found = links(f"arn:aws:apigateway:us-east-1::/domainnames/{name}")
    assert set(found) == {rest.arn, f"arn:aws:apigateway:us-east-1::/apis/{api}"}
