"""The vectors that do not hold backwards, by what is checked, each with the reason.

`input`: request -> params; `routing`: request -> operation; `wire`: result -> answer as recorded; `client`: result ->
answer -> botocore's parser; `error wire`: error -> answer as recorded. (Errors read by botocore's parser have none.)
"""

from __future__ import annotations

COMPRESSED = "the vector has no body on the wire: it is compressed later, and decoded before it comes here"
EMPTY_LIST = "client-side only: an empty list is left out, which cannot be told from an absent one"
EMPTY_MAP = "client-side only: an empty map is left out, which cannot be told from an absent one"
ALL_IN_MAP = "a server puts every query parameter in the map (Smithy), also those that other members are bound to"
EMPTY_PAYLOAD = "client-side only: an absent payload is sent as {}, which cannot be told from an empty one"
MEDIA_TYPE = "jsonvalue in a header is decoded and encoded for handlers, as botocore does; the vector wants raw text"
MEMBER_NAME = "botocore prefers the name of the member's shape to the member's (its own suite skips this case)"
FLATTENED_NAME = (
    "two flattened lists with one item name: Smithy ignores it, botocore's parser and SimpleDB's model go by it"
)
UNKNOWN_OUTPUT = "client-side only: the answer has more or less than the model says, to be taken leniently"
NO_DOCUMENT = "the vector has no body; AWS's query services always answer a document"
FOREIGN_HEADER = "the header is a request's and stands there by mistake"
UNION_TYPE = "client-side only: a __type beside a union's member is to be ignored, and no server must send it"
UNKNOWN_MEMBER = "client-side only: a union's member that the client does not know; a server knows all of its members"
SPELLING = "one of the spellings of an error's code that clients understand; we send each protocol's usual one"
NOT_IN_MODEL = "the wire has what is not in the vector's error: its shape is unknown, or the value is not given"
OTHER_STATUS = "the model gives the error a status, the wire another"
MESSAGE_CASE = "the message of an unmodelled error is `message`, the wire has `Message`; clients read both"
NO_TARGET = "the vector leaves out X-Amz-Target, without which no json request is routed"
HOST_PATH = "the path of the client's endpoint stands before the operation's; it is the gateway's to take off"
CLIENT_RAISES = "botocore's parser raises on an absent union (its own suite skips this case)"
CLIENT_HEADER_LIST = "botocore's parser splits header lists at each comma (its own suite skips this case)"
CLIENT_BLOB = "botocore gives an absent payload as empty bytes (its own suite skips this case)"
CLIENT_ALL_HEADERS = "an empty prefix takes in every header, our Content-Type too"

_COMPRESSED = {
    f"{protocol}:SDK{case}_{name}": COMPRESSED
    for protocol, name, appends in (
        ("ec2", "ec2Query", "AppendsGzipAndIgnoresHttpProvidedEncoding"),
        ("json", "awsJson1_1", "AppendsGzipAndIgnoresHttpProvidedEncoding"),
        ("json_1_0", "awsJson1_0", "AppendsGzipAndIgnoresHttpProvidedEncoding"),
        ("query", "awsQuery", "AppendsGzipAndIgnoresHttpProvidedEncoding"),
        ("rest-json", "restJson1", "AppendedGzipAfterProvidedEncoding"),
        ("rest-xml", "restXml", "AppendedGzipAfterProvidedEncoding"),
    )
    for case in ("AppliedContentEncoding", appends)
}

_INPUT = {
    **_COMPRESSED,
    "ec2:Ec2EmptyQueryLists": EMPTY_LIST,
    "query:QueryEmptyQueryMaps": EMPTY_MAP,
    "rest-json:RestJsonHttpPrefixHeadersAreNotPresent": EMPTY_MAP,
    "rest-json:MediaTypeHeaderInputBase64": MEDIA_TYPE,
    "rest-json:RestJsonOmitsEmptyListQueryValues": EMPTY_LIST,
    "rest-json:RestJsonQueryParamsStringListMap": ALL_IN_MAP,
    "rest-json:RestJsonQueryPrecedence": ALL_IN_MAP,
    "rest-json:RestJsonHttpWithEmptyStructurePayload": EMPTY_PAYLOAD,
    "rest-json:RestJsonHttpWithHeadersButNoPayload": EMPTY_PAYLOAD,
    "rest-xml:AllQueryStringTypes": ALL_IN_MAP,
    "rest-xml:RestXmlQueryStringEscaping": ALL_IN_MAP,
    "rest-xml:RestXmlSupportsNaNFloatQueryValues": ALL_IN_MAP,
    "rest-xml:RestXmlSupportsInfinityFloatQueryValues": ALL_IN_MAP,
    "rest-xml:RestXmlSupportsNegativeInfinityFloatQueryValues": ALL_IN_MAP,
    "rest-xml:RestXmlZeroAndFalseQueryValues": ALL_IN_MAP,
    "rest-xml:RestXmlQueryParamsStringListMap": ALL_IN_MAP,
    "rest-xml:RestXmlQueryPrecedence": ALL_IN_MAP,
    "rest-xml:BodyWithXmlName": MEMBER_NAME,
    "rest-xml:HttpPrefixHeadersAreNotPresent": EMPTY_MAP,
    "legacy-rest-json:13-1": EMPTY_PAYLOAD,
    "legacy-rest-json:25-2": EMPTY_PAYLOAD,
    "legacy-rest-json:25-4": EMPTY_PAYLOAD,
    "legacy-rest-json:25-7": "client-side only: a default content type is sent, which cannot be told from a given one",
    "legacy-rest-json:26-1": EMPTY_LIST,
    "legacy-rest-xml:26-1": EMPTY_LIST,
}

_ROUTING = {
    **{case_id: reason for case_id, reason in _COMPRESSED.items() if not case_id.startswith("rest-")},
    "json_1_0:AwsJson10EndpointTrait": NO_TARGET,
    "json_1_0:AwsJson10EndpointTraitWithHostLabel": NO_TARGET,
    "json_1_0:AwsJson10HostWithPath": NO_TARGET,
    "rest-json:RestJsonHostWithPath": HOST_PATH,
    "legacy-json:6-0": NO_TARGET,
    "legacy-json:6-1": NO_TARGET,
}

_WIRE = {
    "ec2:Ec2XmlLists": FLATTENED_NAME,
    "query:QueryXmlLists": FLATTENED_NAME,
    "rest-xml:XmlLists": FLATTENED_NAME,
    "json:handles_unexpected_json_output": UNKNOWN_OUTPUT,
    "json_1_0:AwsJson10HandlesUnexpectedJsonOutput": UNKNOWN_OUTPUT,
    "smithy-rpc-v2-cbor:NoOutputClientAllowsEmptyCbor": UNKNOWN_OUTPUT,
    "smithy-rpc-v2-cbor:NoOutputClientAllowsEmptyBody": UNKNOWN_OUTPUT,
    "smithy-rpc-v2-cbor:RpcV2CborExtraFieldsInTheBodyShouldBeSkippedByClients": UNKNOWN_OUTPUT,
    "smithy-rpc-v2-cbor:RpcV2CborPayloadWithUnsetUnion": UNKNOWN_OUTPUT,
    "smithy-rpc-v2-cbor:empty_output_no_body": UNKNOWN_OUTPUT,
    "legacy-json:5-0": UNKNOWN_OUTPUT,
    "legacy-rest-json:7-0": UNKNOWN_OUTPUT,
    "legacy-rest-json:8-0": UNKNOWN_OUTPUT,
    "json:AwsJson11IntEnums": FOREIGN_HEADER,
    "json:AwsJson11DeserializeIgnoreType": UNION_TYPE,
    "json_1_0:AwsJson10DeserializeIgnoreType": UNION_TYPE,
    "rest-json:RestJsonDeserializeIgnoreType": UNION_TYPE,
    "query:QueryEmptyInputAndEmptyOutput": NO_DOCUMENT,
    "query:QueryNoInputAndNoOutput": NO_DOCUMENT,
    "query:QueryNoInputAndOutput": NO_DOCUMENT,
    "rest-json:MediaTypeHeaderOutputBase64": MEDIA_TYPE,
    "rest-xml:BodyWithXmlName": MEMBER_NAME,
    "rest-xml:RestXmlHttpResponseCode": "an answer without a body has no content type; S3 sends none",
    "legacy-rest-json:17-2": UNKNOWN_MEMBER,
    "legacy-rest-xml:16-2": UNKNOWN_MEMBER,
}

_CLIENT = {
    "ec2:Ec2XmlLists": FLATTENED_NAME,
    "query:QueryXmlLists": FLATTENED_NAME,
    "rest-xml:XmlLists": FLATTENED_NAME,
    "rest-json:RestJsonHttpPayloadTraitsWithNoBlobBody": CLIENT_BLOB,
    "rest-xml:HttpPayloadTraitsWithNoBlobBody": CLIENT_BLOB,
    "rest-json:RestJsonHttpPayloadWithUnsetUnion": CLIENT_RAISES,
    "rest-xml:RestXmlHttpPayloadWithUnsetUnion": CLIENT_RAISES,
    "rest-json:HttpPrefixHeadersResponse": CLIENT_ALL_HEADERS,
    "legacy-rest-json:9-0": CLIENT_ALL_HEADERS,
    "rest-json:RestJsonInputAndOutputWithQuotedStringHeaders": CLIENT_HEADER_LIST,
    "rest-json:RestJsonInputAndOutputWithTimestampHeaders": CLIENT_HEADER_LIST,
    "rest-xml:InputAndOutputWithTimestampHeaders": CLIENT_HEADER_LIST,
    "legacy-rest-json:17-2": UNKNOWN_MEMBER,
    "legacy-rest-xml:16-2": UNKNOWN_MEMBER,
}

_ERROR_WIRE = {
    **{
        f"{suite}FooErrorUsing{spelling}": SPELLING
        for suite in ("json:AwsJson11", "json_1_0:AwsJson10", "rest-json:RestJson")
        for spelling in ("Code", "CodeAndNamespace", "CodeUriAndNamespace")
    },
    **{
        f"{suite}FooErrorUsingXAmznErrorType{spelling}": SPELLING
        for suite in ("json:AwsJson11", "json_1_0:AwsJson10")
        for spelling in ("", "WithUri", "WithUriAndNamespace")
    },
    **{
        f"rest-json:RestJsonFooErrorWithDunderType{spelling}": SPELLING
        for spelling in ("", "AndNamespace", "UriAndNamespace")
    },
    **{f"legacy-rest-json:13-{number}": SPELLING for number in (1, 2, 4)},
    "legacy-json:7-1": SPELLING,
    "legacy-rest-json:13-3": NOT_IN_MODEL,
    "legacy-rest-json:13-5": NOT_IN_MODEL,
    "legacy-rest-json:13-6": NOT_IN_MODEL,
    "legacy-json:7-2": NOT_IN_MODEL,
    "ec2:Ec2ComplexError": NOT_IN_MODEL,
    "rest-xml:InvalidGreetingError": NOT_IN_MODEL,
    "rest-xml:ComplexError": NOT_IN_MODEL,
    "legacy-ec2:10-2": NOT_IN_MODEL,
    "legacy-query:16-2": NOT_IN_MODEL,
    "legacy-rest-xml:15-1": NOT_IN_MODEL,
    "legacy-rest-xml:15-2": NOT_IN_MODEL,
    "json_1_0-query-compatible:QueryCompatibleAwsJson10CustomCodeError": OTHER_STATUS,
    "smithy-rpc-v2-cbor-query-compatible:QueryCompatibleRpcV2CborCustomCodeError": OTHER_STATUS,
}

EXCEPTIONS: dict[str, dict[str, str]] = {
    "input": _INPUT,
    "routing": _ROUTING,
    "wire": _WIRE,
    "client": _CLIENT,
    "error": {},
    "error wire": _ERROR_WIRE,
}
