"""Connections and API destinations: real HTTP requests, authorised and no more a second than allowed."""

from __future__ import annotations

import base64
import json

import pytest

from tests.services.calls import refused
from tests.services.events.events_calls import put, rule_to
from tests.services.events.http_endpoint import HttpEndpoint

BASIC = {"BasicAuthParameters": {"Username": "ann", "Password": "hunter2"}}
API_KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "k-1"}}


@pytest.fixture
def endpoint():
    server = HttpEndpoint()
    yield server
    server.close()


@pytest.fixture
def role(aws, account):
    """A role EventBridge may assume, which may call every API destination."""
    iam = aws.client("iam")
    trust = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}}  # fmt: skip
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
    allow = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "events:InvokeApiDestination", "Resource": "*"}}  # fmt: skip
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(allow))
    return f"arn:aws:iam::{account}:role/r"


@pytest.fixture
def destination(events):
    """`destination(url, parameters…)`: an API destination `d` with a connection `c`; its ARN."""

    def make(url, parameters=None, kind="API_KEY", **how):
        connection = events.create_connection(Name="c", AuthorizationType=kind, AuthParameters=parameters or API_KEY)
        made = events.create_api_destination(
            Name="d", ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=url, HttpMethod="POST", **how
        )
        return made["ApiDestinationArn"]

    return make


# wrong input and state


def test_a_connection_needs_the_parameters_of_its_kind(events):
    with refused("ValidationException", "Parameter AuthParameters.BasicAuthParameters is required for BASIC."):
        events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=API_KEY)


def test_what_is_made_once_and_what_is_not_there(events, destination):
    destination("https://example.com/")
    with refused("ResourceAlreadyExistsException", "Connection c already exists."):
        events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=API_KEY)
    with refused("ResourceAlreadyExistsException", "An api-destination 'd' already exists."):
        events.create_api_destination(
            Name="d", ConnectionArn=events.describe_connection(Name="c")["ConnectionArn"],
            InvocationEndpoint="https://example.com/", HttpMethod="POST",
        )  # fmt: skip
    with refused("ResourceNotFoundException"):
        events.describe_connection(Name="x")
    with refused("ResourceNotFoundException"):
        events.delete_api_destination(Name="x")


def test_an_endpoint_out_in_the_world_has_to_be_https(destination):
    with refused("ValidationException"):
        destination("http://example.com/")


def test_a_target_needs_a_role(events, destination):
    arn = destination("https://example.com/")
    with refused("ValidationException", f"RoleArn is required for target {arn}."):
        rule_to(events, arn)


# behaviour


def test_a_connection_shows_no_secrets_and_keeps_them_in_a_secret(events, aws):
    extra = {"HeaderParameters": [{"Key": "a", "Value": "open", "IsValueSecret": False},
                                  {"Key": "b", "Value": "hidden", "IsValueSecret": True}]}  # fmt: skip
    parameters = {**BASIC, "InvocationHttpParameters": extra}
    events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=parameters, Description="d")
    shown = events.describe_connection(Name="c")
    assert shown["AuthParameters"]["BasicAuthParameters"] == {"Username": "ann"}
    assert [one.get("Value") for one in shown["AuthParameters"]["InvocationHttpParameters"]["HeaderParameters"]] == [
        "open", None,
    ]  # fmt: skip
    secrets = aws.client("secretsmanager")
    assert json.loads(secrets.get_secret_value(SecretId=shown["SecretArn"])["SecretString"]) == parameters
    assert [one["Name"] for one in events.list_connections()["Connections"]] == ["c"]
    events.update_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=API_KEY)
    assert json.loads(secrets.get_secret_value(SecretId=shown["SecretArn"])["SecretString"]) == API_KEY
    events.delete_connection(Name="c")
    assert events.list_connections()["Connections"] == []
    with refused("ResourceNotFoundException"):
        secrets.describe_secret(SecretId=shown["SecretArn"])


def test_a_destination_shows_what_it_was_made_of(events, destination):
    arn = destination("https://example.com/*", InvocationRateLimitPerSecond=5)
    shown = events.describe_api_destination(Name="d")
    assert (shown["ApiDestinationArn"], shown["InvocationRateLimitPerSecond"], shown["ApiDestinationState"]) == (
        arn, 5, "ACTIVE",
    )  # fmt: skip
    events.update_api_destination(Name="d", HttpMethod="PUT")
    assert events.list_api_destinations(NamePrefix="d")["ApiDestinations"][0]["HttpMethod"] == "PUT"
    events.delete_api_destination(Name="d")
    assert events.list_api_destinations()["ApiDestinations"] == []


def test_an_event_is_posted_with_the_connections_key(events, destination, endpoint, role, clock):
    extra = {"HeaderParameters": [{"Key": "x-more", "Value": "m"}],
             "QueryStringParameters": [{"Key": "q", "Value": "1"}],
             "BodyParameters": [{"Key": "added", "Value": "yes"}]}  # fmt: skip
    arn = destination(f"{endpoint.url}/in/*", {**API_KEY, "InvocationHttpParameters": extra})
    http = {"PathParameterValues": ["$.detail.id"], "HeaderParameters": {"x-own": "o"},
            "QueryStringParameters": {"who": "$.source"}}  # fmt: skip
    rule_to(events, arn, RoleArn=role, HttpParameters=http, InputPath="$.detail")
    put(events, {"id": "a/b"})
    clock.settle()
    (got,) = endpoint.got
    assert (got.method, got.path) == ("POST", "/in/a%2Fb?who=app&q=1")
    assert json.loads(got.text) == {"id": "a/b", "added": "yes"}
    assert {name: got.headers[name] for name in ("x-key", "x-more", "x-own", "content-type", "user-agent")} == {
        "x-key": "k-1", "x-more": "m", "x-own": "o", "content-type": "application/json; charset=utf-8",
        "user-agent": "Amazon/EventBridge/ApiDestinations",
    }  # fmt: skip


def test_basic_authorization(events, destination, endpoint, role, clock):
    rule_to(events, destination(endpoint.url, BASIC, "BASIC"), RoleArn=role)
    put(events)
    clock.settle()
    assert endpoint.got[0].headers["authorization"] == "Basic " + base64.b64encode(b"ann:hunter2").decode()


def test_an_oauth_token_is_fetched_kept_and_fetched_again_when_refused(
    events, destination, endpoint, role, frozen_clock
):
    oauth = {"OAuthParameters": {
        "ClientParameters": {"ClientID": "me", "ClientSecret": "s"}, "AuthorizationEndpoint": f"{endpoint.url}/token",
        "HttpMethod": "POST"}}  # fmt: skip
    rule_to(events, destination(f"{endpoint.url}/in", oauth, "OAUTH_CLIENT_CREDENTIALS"), RoleArn=role)
    put(events)
    frozen_clock.advance(1)
    put(events)
    frozen_clock.settle()
    assert [got.path for got in endpoint.got] == ["/token", "/in", "/in"]
    assert endpoint.got[0].text == "grant_type=client_credentials&client_id=me&client_secret=s"
    assert {got.headers["authorization"] for got in endpoint.got[1:]} == {"Bearer token-1"}
    endpoint.statuses = [401]
    put(events)
    frozen_clock.advance(2)
    assert [got.path for got in endpoint.got[3:]] == ["/in", "/token", "/in"]
    assert endpoint.got[-1].headers["authorization"] == "Bearer token-5"


def test_a_busy_endpoint_is_tried_again_and_one_that_refuses_is_not(events, destination, endpoint, role, queue):
    dead = queue("dead")
    frozen_clock = dead.clock
    frozen_clock.freeze()
    rule_to(events, destination(endpoint.url), RoleArn=role, DeadLetterConfig={"Arn": dead.arn})
    endpoint.statuses = [503, 429, 200]
    put(events)
    frozen_clock.advance(3)
    assert len(endpoint.got) == 3
    endpoint.statuses = [404]
    put(events)
    (letter,) = dead.messages()
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "SDK_CLIENT_ERROR"
    assert len(endpoint.got) == 4


def test_calls_are_spread_over_the_seconds(events, destination, endpoint, role, frozen_clock):
    rule_to(events, destination(endpoint.url, InvocationRateLimitPerSecond=2), RoleArn=role)
    for n in range(5):
        put(events, {"n": n})
    frozen_clock.settle()
    counts = [len(endpoint.got)]
    for _ in range(2):
        frozen_clock.advance(1)
        counts.append(len(endpoint.got))
    assert counts == [1, 3, 5]


def test_the_role_has_to_be_allowed(events, aws, destination, role, queue):
    dead = queue("dead")
    rule_to(events, destination("http://127.0.0.1:9/"), RoleArn=role, DeadLetterConfig={"Arn": dead.arn})
    aws.client("iam").delete_role_policy(RoleName="r", PolicyName="p")
    put(events)
    (letter,) = dead.messages()
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    events.deauthorize_connection(Name="c")
    assert events.describe_connection(Name="c")["ConnectionState"] == "DEAUTHORIZED"
