"""Whole stacks: an HTTP API by SAM, a WebSocket API by CloudFormation, and calls to what came out."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.services.cloudformation.cfn_calls import Stacks
from tests.services.lambda_.lambda_calls import package

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: prod
      CorsConfiguration: {AllowOrigins: ["https://app.example.com"], AllowMethods: [GET]}
      DefaultRouteSettings: {ThrottlingBurstLimit: 100, ThrottlingRateLimit: 100}
      Tags: {team: pets}
  Pets:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: python3.11
      CodeUri: s3://code-ACCOUNT/pets.zip
      Events:
        One: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/pets/{id}", Method: GET}}
        Rest: {Type: HttpApi, Properties: {ApiId: !Ref Api}}
Outputs:
  Url: {Value: !GetAtt Api.ApiEndpoint}
  Id: {Value: !Ref Api}
"""
PETS = """
def handler(event, context):
    return {"route": event["routeKey"], "pet": (event.get("pathParameters") or {}).get("id")}
"""
WEBSOCKET = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  Echo:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handler(event, context):\\n    return {'statusCode': 200, 'body': event.get('body', '')}\\n"}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Echo
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Echo.Arn}/invocations"
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $default
      RouteResponseSelectionExpression: $default
      Target: !Join ["/", [integrations, !Ref Integration]]
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Route, RouteResponseKey: $default}
  Deployment:
    Type: AWS::ApiGatewayV2::Deployment
    DependsOn: [Route, Response]
    Properties: {ApiId: !Ref Api}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: prod, DeploymentId: !Ref Deployment}
Outputs:
  Id: {Value: !Ref Api}
"""


@pytest.fixture
def stacks(cloud, aws) -> Stacks:
    return Stacks(cloud, aws.client("cloudformation"))


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_an_http_api_by_sam(stacks, aws, client, cloud, account):
    aws.client("s3").create_bucket(Bucket=f"code-{account}")
    aws.client("s3").put_object(Bucket=f"code-{account}", Key="pets.zip", Body=package(PETS))
    stack = stacks.create(SAM.replace("ACCOUNT", account), Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons()
    api = outputs(stack)["Id"]
    assert client.get_api(ApiId=api)["Tags"]["team"] == "pets"
    assert {route["RouteKey"] for route in client.get_routes(ApiId=api)["Items"]} == {"GET /pets/{id}", "$default"}
    host = {"host": outputs(stack)["Url"].partition("://")[2], "origin": "https://app.example.com"}
    answer = httpx.get(f"{cloud.endpoint}/prod/pets/7", headers=host)
    assert answer.json() == {"route": "GET /pets/{id}", "pet": "7"}
    assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
    assert httpx.post(f"{cloud.endpoint}/prod/other", headers=host).json() == {"route": "$default", "pet": None}
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert client.get_apis()["Items"] == []


def test_a_websocket_api_by_cloudformation(stacks, client, cloud):
    stack = stacks.create(WEBSOCKET, Capabilities=["CAPABILITY_IAM"])
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons()
    host = f"{outputs(stack)['Id']}.execute-api.us-east-1.localhost:{cloud.port}"
    plain = socket.create_connection(("127.0.0.1", cloud.port))
    with connect(f"ws://{host}/prod", sock=plain) as connection:
        connection.send("hello")
        assert connection.recv(timeout=20) == "hello"
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert client.get_apis()["Items"] == []
