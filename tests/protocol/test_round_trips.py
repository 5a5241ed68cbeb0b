"""Values of real models, there and back: botocore writes and we parse; we write and botocore parses."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cloudchamber.protocol import models
from cloudchamber.protocol.compile import compile_codec
from cloudchamber.protocol.routing import Router
from tests.protocol.client_view import client_model, client_request, client_result
from tests.protocol.generated import inputs, outputs
from tests.protocol.vectors import normal, same

if TYPE_CHECKING:
    from cloudchamber.protocol.compile import Codec
    from cloudchamber.protocol.models import Operation

# One service a protocol; of the large ones, a stride through the operations.
SERVICES = {
    "sqs": "json",
    "dynamodb": "json",
    "iam": "query",
    "ec2": "ec2",
    "s3": "rest-xml",
    "lambda": "rest-json",
    "cloudwatch": "smithy-rpc-v2-cbor",
}
# Operations that this cannot be asked of: one is parsed by a handler of botocore's, one is told from another by its
# host only, the rest are deprecated, share their path with a newer one and have two members of one name.
LEFT_OUT = {
    "s3:GetBucketLocation",
    "s3:ListDirectoryBuckets",
    "s3:GetBucketLifecycle",
    "s3:GetBucketNotification",
    "s3:PutBucketLifecycle",
    "s3:PutBucketNotification",
}
STRIDES = {"ec2": 12, "iam": 3}
budget = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def streams(operation: Operation) -> bool:
    return any(shape is not None and shape.holds_event_stream for shape in (operation.input, operation.output))


def pruned(value: Any) -> Any:
    """A value without what is empty in it, at any depth: forms have no way to send that."""
    if isinstance(value, dict):
        return {k: kept for k, v in value.items() if (kept := pruned(v)) not in ({}, [])}
    if isinstance(value, list):
        return [kept for item in value if (kept := pruned(item)) not in ({}, [])]
    return value


def operations(service: str) -> list[str]:
    model = models.load(service)
    return [
        name
        for name in model.operation_names[:: STRIDES.get(service, 1)]
        if f"{service}:{name}" not in LEFT_OUT and not streams(model.operation(name))
    ]


@cache
def codec(service: str, name: str) -> tuple[Operation, Codec]:
    operation = models.load(service).operation(name)
    return operation, compile_codec(operation, SERVICES[service])


@cache
def router(service: str) -> Router:
    return Router(models.load(service))


@pytest.mark.parametrize("service", SERVICES)
@given(data=st.data())
@budget
def test_what_a_client_sends_is_routed_and_parsed_to_what_its_user_gave(service: str, data: Any) -> None:
    operation, compiled = codec(service, data.draw(st.sampled_from(operations(service))))
    given_params = data.draw(inputs(operation, SERVICES[service]))
    request = client_request(client_model(service).operation_model(operation.name), SERVICES[service], given_params)
    note(repr(request))
    assert router(service).route(request).operation == operation.name
    wanted, got = normal(given_params, operation.input), normal(compiled.parse(request), operation.input)
    if SERVICES[service] in ("query", "ec2"):
        wanted, got = pruned(wanted), pruned(got)
    assert same(got, wanted), f"got    {got}\nwanted {wanted}"


@pytest.mark.parametrize("service", SERVICES)
@given(data=st.data())
@budget
def test_what_we_answer_is_read_by_a_client_as_what_the_handler_gave(service: str, data: Any) -> None:
    operation, compiled = codec(service, data.draw(st.sampled_from(operations(service))))
    result = data.draw(outputs(operation, SERVICES[service]))
    response = compiled.serialize(result, "request-id")
    note(repr(response))
    got = client_result(response, client_model(service).operation_model(operation.name), SERVICES[service])
    got, wanted = normal(got, operation.output), normal(result, operation.output)
    assert same(got, wanted), f"got    {got}\nwanted {wanted}"
