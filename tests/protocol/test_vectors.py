"""botocore's protocol vectors backwards: we parse what its clients send and write what they expect.

What cannot hold backwards stands in `exceptions.EXCEPTIONS` with its reason, and must really not hold.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from botocore.model import ServiceModel as ClientModel

from cloudchamber.core.errors import AwsError
from cloudchamber.protocol import eventstream
from cloudchamber.protocol.compile import compile_codec
from cloudchamber.protocol.errors import ErrorSerializer
from cloudchamber.protocol.routing import Router
from cloudchamber.protocol.wire import PlainRequest
from tests.protocol.client_view import body_of, client_error, client_result
from tests.protocol.exceptions import EXCEPTIONS
from tests.protocol.vectors import HAS_VECTORS, WHY_SKIPPED, cases, normal, same, without_tokens
from tests.protocol.wire_trees import headers_missing, same_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.protocol.wire import Response
    from tests.protocol.vectors import Case

pytestmark = pytest.mark.skipif(not HAS_VECTORS, reason=WHY_SKIPPED)

INPUTS = cases("input")
OUTPUTS = [case for case in cases("output") if not case.is_error]
ERRORS = [case for case in cases("output") if case.is_error]
STREAMS = [case for case in OUTPUTS if case.operation.output and case.operation.output.holds_event_stream]


def check(kind: str, case: Case, differences: Callable[[Case], list[str]]) -> None:
    """Fails on a difference, or where there is none though the table of exceptions says that there must be."""
    try:
        found = differences(case)
    except Exception as error:  # an exception of the parsers is a difference too
        found = [repr(error)]
    reason = EXCEPTIONS[kind].get(case.id)
    if reason is None:
        assert not found, "\n".join(found)
    else:
        assert found, f"holds after all, though listed as an exception: {reason}"


def each(some: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", some, ids=[case.id for case in some])


def request_of(case: Case) -> PlainRequest:
    wire = case.data["serialized"]
    text = wire.get("body") or ""
    path, _, query = wire["uri"].partition("?")
    headers = {name.lower(): value for name, value in (wire.get("headers") or {}).items()}
    body = base64.b64decode(text) if case.protocol == "smithy-rpc-v2-cbor" else text.encode()
    return PlainRequest(wire.get("method", case.operation.method), path, query, headers, body)


def client_operation(case: Case) -> Any:
    return ClientModel(case.definition, "vectors").operation_model(case.operation.name)


def input_differences(case: Case) -> list[str]:
    shape = case.operation.input
    wanted = normal(case.data.get("params", {}), shape)
    parsed = normal(compile_codec(case.operation, case.protocol).parse(request_of(case)), shape)
    got = without_tokens(parsed, shape, wanted)
    return [] if same(got, wanted) else [f"got    {got}", f"wanted {wanted}"]


@each(INPUTS)
def test_a_clients_request_parses_to_what_its_user_gave(case: Case) -> None:
    check("input", case, input_differences)


def routing_differences(case: Case) -> list[str]:
    route = Router(case.model).route(request_of(case))
    return [] if (route.protocol, route.operation) == (case.protocol, case.operation.name) else [str(route)]


@each(INPUTS)
def test_a_clients_request_is_routed_to_its_operation(case: Case) -> None:
    check("routing", case, routing_differences)


def answer(case: Case) -> Response:
    result = normal(case.data["result"], case.operation.output)
    return compile_codec(case.operation, case.protocol).serialize(result, "request-id")


def wire_differences(case: Case, response: Response) -> list[str]:
    wire = case.data["response"]
    text = wire.get("body") or ""
    body = base64.b64decode(text) if case.protocol == "smithy-rpc-v2-cbor" else text.encode()
    found = headers_missing(response.headers, wire.get("headers") or {})
    if response.status != wire["status_code"]:
        found.append(f"status {response.status}, wanted {wire['status_code']}")
    if not same_body(case.protocol, body_of(response), body):
        found.append(f"body   {body_of(response)!r}\nwanted {body!r}")
    return found


@each([case for case in OUTPUTS if case not in STREAMS])
def test_a_result_is_written_as_the_wire_has_it(case: Case) -> None:
    check("wire", case, lambda case: wire_differences(case, answer(case)))


@each(STREAMS)
def test_an_event_stream_is_written_as_the_wire_has_it(case: Case) -> None:
    ours = list(eventstream.decode_messages(body_of(answer(case))))
    wanted = list(eventstream.decode_messages(base64.b64decode(case.data["response"]["body"])))
    assert len(ours) == len(wanted)
    for our, want in zip(ours, wanted, strict=True):
        our_type, wanted_type = our.headers.pop(":content-type"), want.headers.pop(":content-type")
        assert our_type.rpartition("/")[2] == wanted_type.rpartition("/")[2]
        assert our.headers == want.headers
        assert {k: type(v) for k, v in our.headers.items()} == {k: type(v) for k, v in want.headers.items()}
        assert same_body(case.protocol, our.payload, want.payload)


def client_differences(case: Case) -> list[str]:
    shape = case.operation.output
    wanted = normal(case.data["result"], shape)
    got = normal(client_result(answer(case), client_operation(case), case.protocol), shape)
    return [] if same(got, wanted) else [f"got    {got}", f"wanted {wanted}"]


@each(OUTPUTS)
def test_a_client_reads_our_answer_back_to_the_result(case: Case) -> None:
    check("client", case, client_differences)


def refusal(case: Case) -> Response:
    members = normal(case.data["error"], case.model.error_shapes.get(case.data["errorCode"]))
    message = case.data.get("errorMessage", "")
    others = {k: v for k, v in members.items() if k.lower() != "message"}
    error = AwsError(message, code=case.data["errorCode"], status=case.data["response"]["status_code"], members=others)
    return ErrorSerializer(case.model, case.protocol)(error, "request-id")


def error_differences(case: Case) -> list[str]:
    got = client_error(refusal(case), client_operation(case), case.protocol)
    found = []
    if got["Error"].get("Code") != case.data["errorCode"]:
        found.append(f"code {got['Error'].get('Code')}")
    if (got["Error"].get("Message") or "") != case.data.get("errorMessage", ""):
        found.append(f"message {got['Error'].get('Message')}")
    shape = case.model.error_shapes.get(case.data["errorCode"])
    wanted = normal(case.data["error"], shape)
    members = {k: v for k, v in normal(got, shape).items() if k in wanted}
    if case.protocol in ("query", "ec2", "rest-xml"):  # the message stands in <Message>, whatever the shape calls it
        wanted.pop("message", None)
        members.pop("message", None)
    return found if same(members, wanted) else [*found, f"members {members}, wanted {wanted}"]


@each(ERRORS)
def test_a_client_reads_our_error_as_its_code_message_and_members(case: Case) -> None:
    check("error", case, error_differences)


@each(ERRORS)
def test_an_error_is_written_as_the_wire_has_it(case: Case) -> None:
    check("error wire", case, lambda case: wire_differences(case, refusal(case)))


def test_every_exception_names_a_case_that_is_there() -> None:
    known = {case.id for case in [*INPUTS, *OUTPUTS, *ERRORS]}
    assert not [case_id for table in EXCEPTIONS.values() for case_id in table if case_id not in known]
