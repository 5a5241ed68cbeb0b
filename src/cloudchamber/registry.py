"""Which services there are, and their operations, put together at first use.

A service's package is imported, its model read and its handlers verified when the first call for it comes in; each
operation's validator and codecs are compiled when that operation is first called. Nothing is paid for what is not used.
"""

from __future__ import annotations

import importlib
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.dispatch import BoundOperation
from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import Check, Platform, Rule, Service
from cloudchamber.protocol import models
from cloudchamber.protocol.compile import Codec, compile_codec
from cloudchamber.protocol.errors import ErrorSerializer
from cloudchamber.protocol.routing import Router
from cloudchamber.protocol.validate import compile_validator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.resource_types import ResourceType
    from cloudchamber.protocol.models import ServiceModel

# botocore's name -> "module:class". The one list of what this cloud offers.
SERVICES: Mapping[str, str] = {
    "apigateway": "cloudchamber.services.apigateway.api:ApiGateway",
    "apigatewaymanagementapi": "cloudchamber.services.apigateway.v2.management:ManagementApi",
    "apigatewayv2": "cloudchamber.services.apigateway.v2.api:ApiGatewayV2",
    "cloudformation": "cloudchamber.services.cloudformation.api:CloudFormation",
    "cloudwatch": "cloudchamber.services.cloudwatch.api:CloudWatch",
    "cognito-identity": "cloudchamber.services.cognito_identity.api:CognitoIdentity",
    "cognito-idp": "cloudchamber.services.cognito_idp.api:CognitoIdp",
    "cognito-sync": "cloudchamber.services.cognito_sync.api:CognitoSync",
    "dynamodb": "cloudchamber.services.dynamodb.api:DynamoDb",
    "dynamodbstreams": "cloudchamber.services.dynamodb.streams:DynamoDbStreams",
    "ecr": "cloudchamber.services.ecr.api:Ecr",
    "events": "cloudchamber.services.events.api:Events",
    "iam": "cloudchamber.services.iam.api:Iam",
    "kms": "cloudchamber.services.kms.api:Kms",
    "lambda": "cloudchamber.services.lambda_.api:Lambda",
    "logs": "cloudchamber.services.logs.api:Logs",
    "pipes": "cloudchamber.services.pipes.api:EventBridgePipes",
    "s3": "cloudchamber.services.s3.api:S3",
    "scheduler": "cloudchamber.services.scheduler.api:Scheduler",
    "secretsmanager": "cloudchamber.services.secretsmanager.api:SecretsManager",
    "ses": "cloudchamber.services.ses.api:Ses",
    "sesv2": "cloudchamber.services.ses.v2:SesV2",
    "sns": "cloudchamber.services.sns.api:Sns",
    "sqs": "cloudchamber.services.sqs.api:Sqs",
    "ssm": "cloudchamber.services.ssm.api:Ssm",
    "sts": "cloudchamber.services.sts.api:Sts",
}

# CloudFormation's namespaces -> the package, or packages, whose `resources.py` has their types.
RESOURCE_TYPES: Mapping[str, str] = {
    "AWS::ApiGateway": "apigateway",
    "AWS::CDK": "cloudformation",
    "AWS::ApiGatewayV2": "apigateway.v2",
    "AWS::CloudWatch": "cloudwatch",
    "AWS::Cognito": "cognito_identity cognito_idp",
    "AWS::DynamoDB": "dynamodb",
    "AWS::ECR": "ecr",
    "AWS::Events": "events",
    "AWS::IAM": "iam",
    "AWS::KMS": "kms",
    "AWS::Lambda": "lambda_",
    "AWS::Logs": "logs",
    "AWS::Pipes": "pipes",
    "AWS::S3": "s3",
    "AWS::SES": "ses",
    "AWS::SNS": "sns",
    "AWS::SQS": "sqs",
    "AWS::SSM": "ssm",
    "AWS::Scheduler": "scheduler",
    "AWS::SecretsManager": "secretsmanager",
}


def resource_type(name: str) -> ResourceType | None:
    """The handler of `AWS::SQS::Queue` and the like; None for a type that is not offered."""
    for package in RESOURCE_TYPES.get("::".join(name.split("::")[:2]), "").split():
        types: Mapping[str, ResourceType] = importlib.import_module(f"cloudchamber.services.{package}.resources").TYPES
        if name in types:
            return types[name]
    return None


@lru_cache(maxsize=1)
def index() -> dict[str, dict[str, list[str]]]:
    """How AWS's services are told apart on the wire: `targets`, `signing` and `endpoints` -> botocore's names."""
    raw = resources.files("cloudchamber.protocol").joinpath("service_index.json").read_bytes()
    found: dict[str, dict[str, list[str]]] = orjson.loads(raw)
    return found


class LoadedService:
    """A service in use: its instance, model, router, and operations compiled so far."""

    def __init__(self, service: Service, model: ServiceModel) -> None:
        self.service = service
        self.model = model
        self.methods = type(service).bound_methods(model)
        self._bound: dict[str, BoundOperation] = {}
        self._codecs: dict[tuple[str, str], Codec] = {}
        self._errors: dict[str, ErrorSerializer] = {}

    @cached_property
    def router(self) -> Router:
        return Router(self.model)

    @cached_property
    def _query_model(self) -> ServiceModel:
        service = type(self.service)
        if not service.query_patch:
            return self.model
        return models.load_patched(self.model.name, service.model_patch, service.query_patch)

    def operation(self, name: str) -> BoundOperation:
        """NotImplemented (501) for an operation that exists on AWS and not here."""
        found = self._bound.get(name)
        if found is None:
            found = self._bound[name] = self._bind(name)
        return found

    def _bind(self, name: str) -> BoundOperation:
        service = self.service
        rule = service.rules.get(name) or _own_action(service, name)
        method = self.methods.get(name)
        if method is not None:
            validate = compile_validator(self.model.operation(name).input) if service.constrains(name) else None
            return BoundOperation(service, name, getattr(service, method), rule, validate)
        if type(service).handlers().get(name) == "private":
            return BoundOperation(service, name, getattr(service, name), service.rules.get(name, _internal), None, True)
        raise not_implemented(self.model.name, name)

    def codec(self, operation: str, protocol: str) -> Codec:
        key = (operation, protocol)
        found = self._codecs.get(key)
        if found is None:
            model = self._query_model if protocol == "query" else self.model
            found = self._codecs[key] = compile_codec(model.operation(operation), protocol)
        return found

    def errors(self, protocol: str) -> ErrorSerializer:
        found = self._errors.get(protocol)
        if found is None:
            found = self._errors[protocol] = ErrorSerializer(self.model, protocol, type(self.service).wraps_errors)
        return found


def not_implemented(service: str, operation: str) -> NotImplementedByUs:
    return NotImplementedByUs(f"{service}:{operation} exists on AWS and is not implemented in cloudchamber")


def _own_action(service: Service, name: str) -> Rule:
    """The default rule: the operation's own action, on any resource."""
    checks = (Check(f"{service.iam_prefix or service.name}:{name}"),)
    return lambda ctx, request: checks


def _internal(ctx: Context, request: Mapping[str, Any]) -> tuple[()]:
    """Private operations ask IAM nothing: only the cloud itself can call them."""
    return ()


class Registry:
    def __init__(self, platform: Callable[[], Platform]) -> None:
        self._platform = platform
        self._loaded: dict[str, LoadedService] = {}

    def get(self, name: str) -> LoadedService:
        """The service by botocore's name. KeyError for one that is not offered."""
        found = self._loaded.get(name)
        if found is None:
            module, _, class_name = SERVICES[name].partition(":")
            service_class: type[Service] = getattr(importlib.import_module(module), class_name)
            patch = service_class.model_patch
            model = models.load_patched(name, patch) if patch else models.load(name)
            found = self._loaded[name] = LoadedService(service_class(self._platform()), model)
        return found

    def is_loaded(self, name: str) -> bool:
        return name in self._loaded

    def lookup(self, service: str, operation: str) -> BoundOperation:
        """NotImplemented for a service or operation that is not offered."""
        if service not in SERVICES:
            raise not_implemented(service, operation)
        return self.get(service).operation(operation)

    def owner(self, arn_service: str) -> Service | None:
        """The service whose ARNs carry `arn_service`."""
        name = arn_service if arn_service in SERVICES else _ARN_SERVICES.get(arn_service)
        return None if name is None else self.get(name).service

    @property
    def loaded(self) -> list[Service]:
        return [loaded.service for loaded in self._loaded.values()]

    def reopen(self) -> None:
        """Make services anew, after the database under them was replaced."""
        self._loaded.clear()

    async def resume(self, names: list[str]) -> None:
        """Load services that have state and let them rebuild their timers."""
        for name in names:
            await self.get(name).service.resume()


# The service field of ARNs, where it is not botocore's name.
_ARN_SERVICES: Mapping[str, str] = {}
