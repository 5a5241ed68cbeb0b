"""APIs made by real stacks, and called."""

from __future__ import annotations

import httpx
import pytest

from tests.services.cloudformation.cfn_calls import Stacks

TEMPLATE = """
Parameters: {Word: {Type: String, Default: hello}}
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: words}}
  Words:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: words}
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Words
      HttpMethod: GET
      AuthorizationType: NONE
      ApiKeyRequired: true
      MethodResponses: [{StatusCode: "200"}]
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: '{"statusCode": 200}'}
        IntegrationResponses:
          - StatusCode: "200"
            ResponseTemplates: {application/json: !Sub '{"word": "${Word}", "from": "$stageVariables.place"}'}
  Deployment: {Type: AWS::ApiGateway::Deployment, DependsOn: Get, Properties: {RestApiId: !Ref Api}}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment
      StageName: v1
      Variables: {place: here}
      MethodSettings: [{ResourcePath: "/*", HttpMethod: "*", MetricsEnabled: true}]
  Key: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: true, Value: a-key-of-twenty-characters}}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    DependsOn: Stage
    Properties: {ApiStages: [{ApiId: !Ref Api, Stage: v1}]}
  Link:
    Type: AWS::ApiGateway::UsagePlanKey
    Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}
Outputs: {Api: {Value: !Ref Api}}
"""
KEY = {"x-api-key": "a-key-of-twenty-characters"}


@pytest.fixture
def stacks(cloud, aws):
    return Stacks(cloud, aws.client("cloudformation"))


def test_an_api_of_a_stack_answers(cloud, stacks, aws):
    made = stacks.create(TEMPLATE)
    assert made["StackStatus"] == "CREATE_COMPLETE", made
    api = made["Outputs"][0]["OutputValue"]
    address = f"{cloud.endpoint}/_aws/execute-api/{api}/v1/words"
    assert httpx.get(address).status_code == 403
    answer = httpx.get(address, headers=KEY)
    assert (answer.status_code, answer.json()) == (200, {"word": "hello", "from": "here"})
    changed = TEMPLATE.replace("  Deployment:", "  Second:").replace("!Ref Deployment", "!Ref Second")
    changed = changed.replace("place: here", "place: there").replace("Default: hello", "Default: bye")
    assert stacks.update(changed, Parameters=[])["StackStatus"] == "UPDATE_COMPLETE"
    assert httpx.get(address, headers=KEY).json() == {"word": "bye", "from": "there"}
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert aws.client("apigateway").get_rest_apis()["items"] == []
    assert httpx.get(address, headers=KEY).status_code == 403
