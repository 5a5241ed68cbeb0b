"""AWS errors on the wire, in each protocol's form.

A handler raises an error under its shape's name or under its wire code; the model tells the other, the status and the
members. Refusals and broken constraints are spelt as each protocol's services spell them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AccessDenied, AwsError, NotImplementedByUs, ValidationError
from cloudchamber.protocol import cbor, json, xml
from cloudchamber.protocol.rest import header_writer
from cloudchamber.protocol.wire import Headers, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.protocol.models import ServiceModel, Shape

# Raised by AWS's front end rather than by a service: their JSON type stands in one of the framework's namespaces.
FRAMEWORK_NAMESPACE = "com.amazon.coral.service"
VALIDATION_NAMESPACE = "com.amazon.coral.validate"


class ErrorSerializer:
    """Writes errors of one service in one protocol. `wrapped` is False for S3's bare `<Error>` documents."""

    def __init__(self, model: ServiceModel, protocol: str, wrapped: bool = True) -> None:
        self._model = model
        self._protocol = protocol
        self._wrapped = wrapped
        self._query_compatible = "awsQueryCompatible" in model.metadata

    def __call__(self, error: AwsError, request_id: str) -> Response:
        shape = self._model.error_shapes.get(error.code)
        is_xml = self._protocol in ("query", "ec2", "rest-xml")
        response = self._xml(error, shape, request_id) if is_xml else self._json(error, shape)
        if self._protocol in ("rest-json", "rest-xml"):
            response.headers += _header_members(error.members, shape)
        return response

    def _status(self, error: AwsError, shape: Shape | None) -> int:
        modelled: int | None = None if shape is None else shape.get("error", {}).get("httpStatusCode")
        return modelled or error.status

    def _code(self, error: AwsError, shape: Shape | None) -> str:
        """The code as the query protocols and XML answers show it."""
        if isinstance(error, ValidationError) and error.code == ValidationError.code:
            return "ValidationError" if self._protocol in ("query", "ec2") else error.code
        modelled: str | None = None if shape is None else shape.get("error", {}).get("code")
        return modelled or error.code

    def _xml(self, error: AwsError, shape: Shape | None, request_id: str) -> Response:
        code, kind = self._code(error, shape), "Sender" if error.is_sender_fault else "Receiver"
        inner = f"<Code>{xml.escape(code)}</Code>"
        if error.message:
            inner += f"<Message>{xml.escape(error.message)}</Message>"
        inner += "".join(_xml_members(error.members, shape))
        if self._protocol == "ec2":
            text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        elif self._wrapped:
            namespace = self._model.xml_namespace
            start = f'<ErrorResponse xmlns="{xml.escape_attribute(namespace)}">' if namespace else "<ErrorResponse>"
            text = (
                f"{start}<Error><Type>{kind}</Type>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
            )
        else:
            text = f"<Error>{inner}<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
        content_type = "application/xml" if self._protocol == "rest-xml" else "text/xml"
        document = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
        return Response(self._status(error, shape), [("Content-Type", content_type)], document.encode())

    def _json(self, error: AwsError, shape: Shape | None) -> Response:
        name = error.code if shape is None else shape.name
        status = self._status(error, shape)
        headers: Headers = []
        if isinstance(error, AccessDenied) and shape is None:
            name = "AccessDeniedException"
            status = 400 if self._protocol == "json" and not self._query_compatible else 403
        if isinstance(error, NotImplementedByUs):
            name = error.code
        if self._query_compatible:
            fault = "Sender" if error.is_sender_fault else "Receiver"
            headers.append(("x-amzn-query-error", f"{self._code(error, shape)};{fault}"))
        body: dict[str, Any] = {}
        if self._protocol == "rest-json":
            headers.append(("x-amzn-errortype", name))
        else:
            body["__type"] = self._typed(name, shape)
        if error.message:
            body[_message_member(shape)] = error.message
        encoders = cbor.CborEncoders() if self._protocol == "smithy-rpc-v2-cbor" else json.Encoders()
        encode = encoders.encoder(shape) if shape is not None and error.members else None
        body.update(error.members if encode is None else encode(error.members))
        if self._protocol == "smithy-rpc-v2-cbor":
            return Response(status, [*headers, *cbor.HEADERS], cbor.dumps(body))
        version = self._model.json_version
        content_type = "application/json" if self._protocol == "rest-json" else f"application/x-amz-json-{version}"
        return Response(status, [*headers, ("Content-Type", content_type)], json.dumps(body))

    def _typed(self, name: str, shape: Shape | None) -> str:
        if self._protocol == "json" and self._model.json_version == "1.1":
            return name
        if name == ValidationError.code and shape is None:
            return f"{VALIDATION_NAMESPACE}#{name}"
        own = self._model.metadata.get("errorNamespace") or f"com.amazonaws.{self._model.name}"
        return f"{FRAMEWORK_NAMESPACE if shape is None else own}#{name}"


def _message_member(shape: Shape | None) -> str:
    """`message` or `Message`, as the error's shape has it."""
    if shape is not None:
        for name, member in shape.members.items():
            if name.lower() == "message":
                return member.wire_name or name
    return "message"


def _header_members(members: Mapping[str, Any], shape: Shape | None) -> Headers:
    """The members of an error that its shape binds to headers (`Retry-After`)."""
    bound = {} if shape is None else {n: m for n, m in shape.members.items() if m.get("location") == "header"}
    return [
        (member.wire_name or name, header_writer(member)(members[name]))
        for name, member in bound.items()
        if members.get(name) is not None
    ]


def _xml_members(members: Mapping[str, Any], shape: Shape | None) -> list[str]:
    out: list[str] = []
    for name, value in members.items():
        member = None if shape is None else shape.members.get(name)
        if value is None or name.lower() == "message":
            continue
        if member is None:
            out.append(f"<{name}>{xml.escape(str(value))}</{name}>")
        elif member.get("location") is None:
            xml.Writers().element(member, member.wire_name or name)(out, value)
    return out
