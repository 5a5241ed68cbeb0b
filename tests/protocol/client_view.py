"""What botocore sends and understands: its serialisers and its parsers around our bytes."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore import parsers, serialize
from botocore.awsrequest import HeadersDict, create_request_object, prepare_request_dict
from botocore.eventstream import EventStream
from botocore.model import ServiceModel as ClientModel

from cloudchamber.protocol import models
from cloudchamber.protocol.wire import PlainRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel

    from cloudchamber.protocol.wire import Response


@cache
def client_model(service: str) -> ClientModel:
    """botocore's own model of a service, from the same file as ours."""
    return ClientModel(models.read_definition(service), service)


def client_request(operation: OperationModel, protocol: str, params: dict[str, Any]) -> PlainRequest:
    """The request that botocore makes of `params`, without its signature."""
    serializer = serialize.create_serializer(protocol, include_validation=False)
    request = serializer.serialize_to_request(params, operation)
    gives_length = "Content-Length" in request["headers"]
    prepare_request_dict(request, endpoint_url="http://localhost", context={})
    prepared = create_request_object(request).prepare()
    url = urlsplit(prepared.url)
    headers = {k.lower(): v if isinstance(v, str) else v.decode() for k, v in prepared.headers.items()}
    if not gives_length:  # what HTTP adds is no member's value
        headers.pop("content-length", None)
    body = prepared.body or b""
    return PlainRequest(
        prepared.method, url.path, url.query, headers, body.encode() if isinstance(body, str) else bytes(body)
    )


async def _gather(stream: Any) -> bytes:
    return b"".join([chunk async for chunk in stream])


def body_of(response: Response) -> bytes:
    """The whole body of an answer, also of one that streams."""
    return response.body if isinstance(response.body, bytes) else asyncio.run(_gather(response.body))


class _Socket:
    """What botocore reads an event stream from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body

    def close(self) -> None:
        pass


def client_result(response: Response, operation: OperationModel, protocol: str) -> dict[str, Any]:
    """An answer as botocore's parser gives it to its user, events read to the end."""
    body: Any = body_of(response)
    if ("Content-Type", "application/vnd.amazon.eventstream") in response.headers:
        body = _Socket(body)
    headers = HeadersDict(response.headers)
    context = {"operation_name": operation.name}
    wire = {"status_code": response.status, "headers": headers, "body": body, "context": context}
    parsed: dict[str, Any] = parsers.create_parser(protocol).parse(wire, operation.output_shape)
    parsed.pop("ResponseMetadata", None)
    return {name: list(value) if isinstance(value, EventStream) else value for name, value in parsed.items()}


def client_error(response: Response, operation: OperationModel, protocol: str) -> dict[str, Any]:
    """An error as botocore's parser reads it: `Error` and, beside it, the members of its shape."""
    wire = {
        "status_code": response.status,
        "headers": HeadersDict(response.headers),
        "body": body_of(response),
        "context": {"operation_name": operation.name},
    }
    parser = parsers.create_parser(protocol)
    parsed: dict[str, Any] = parser.parse(wire, operation.output_shape)
    code = parsed["Error"].get("Code")
    shape = operation.service_model.shape_for_error_code(code)
    if shape is not None:
        parsed |= {k: v for k, v in parser.parse(wire, shape).items() if k not in ("Error", "ResponseMetadata")}
    return parsed
