"""`aws-chunked` bodies, first of all AWS's documented examples.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

import asyncio

import pytest

from cloudchamber.gateway import sigv4
from cloudchamber.gateway.auth import DecodedBody
from cloudchamber.gateway.aws_chunked import BadChunk, ChunkDecoder, ChunkSignatureMismatch, ChunkSigner
from cloudchamber.gateway.http import Request

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SCOPE = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
PLAIN = {
    "seed": "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    "chunks": (
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ),
}
TRAILER = {
    "seed": "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    "chunks": (
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ),
    "trailer": "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
}
CONTENT = b"a" * 66_560


def request(kind):
    declared = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if kind is TRAILER else "")
    headers = [
        ("host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-content-sha256", declared),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
    ]
    signed = "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length"
    if kind is TRAILER:
        headers.append(("x-amz-trailer", "x-amz-checksum-crc32c"))
        names = signed.replace("content-length;", "", 1) + ";x-amz-storage-class;x-amz-trailer"
    else:
        headers.append(("content-length", "66824"))
        names = signed + ";x-amz-storage-class"
    authorization = f"AWS4-HMAC-SHA256 Credential={SCOPE},SignedHeaders={names},Signature={kind['seed']}"
    made = Request("PUT", "/examplebucket/chunkObject.txt", headers, "", False)
    return made, sigv4.parse_authorization(authorization, made.headers)


def signer(kind):
    _, signature = request(kind)
    return ChunkSigner(sigv4.SigningKeys().key(SECRET, signature), signature, signature.signature)


def encoded(kind):
    parts = []
    for data, signature in zip((CONTENT[:65_536], CONTENT[65_536:], b""), kind["chunks"], strict=True):
        parts.append(b"%x;chunk-signature=%b\r\n%b" % (len(data), signature.encode(), data + b"\r\n" if data else b""))
    if kind is TRAILER:
        parts.append(b"x-amz-checksum-crc32c:sOO8/Q==\r\n")
        parts.append(b"x-amz-trailer-signature:" + kind["trailer"].encode() + b"\r\n")
    return b"".join(parts) + b"\r\n"


def decode(body, decoder, step=10_000):
    pieces = []
    for at in range(0, len(body), step):
        pieces += decoder.feed(body[at : at + step])
    decoder.finish()
    return b"".join(pieces)


def decoder_of(kind):
    return ChunkDecoder(signer(kind), has_trailers=kind is TRAILER)


@pytest.mark.parametrize("kind", [PLAIN, TRAILER], ids=["plain", "trailer"])
def test_the_seed_signature_of_aws_example_verifies(kind):
    made, signature = request(kind)
    key = sigv4.SigningKeys().key(SECRET, signature)
    assert sigv4.verify(made, signature, key)[0]


@pytest.mark.parametrize("step", [1, 7, 8192, 1 << 20])
@pytest.mark.parametrize("kind", [PLAIN, TRAILER], ids=["plain", "trailer"])
def test_aws_example_decodes_however_it_arrives(kind, step):
    decoder = decoder_of(kind)
    assert decode(encoded(kind), decoder, step) == CONTENT
    assert decoder.trailers == ({"x-amz-checksum-crc32c": "sOO8/Q=="} if kind is TRAILER else {})


@pytest.mark.parametrize("kind", [PLAIN, TRAILER], ids=["plain", "trailer"])
def test_no_byte_of_a_signed_body_may_change(kind):
    body = encoded(kind)
    for at in [*range(200), *range(65_600, 65_800), *range(len(body) - 300, len(body))]:
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises((BadChunk, ChunkSignatureMismatch)):
            decode(changed, decoder_of(kind), 1 << 20)


@pytest.mark.parametrize("kind", [PLAIN, TRAILER], ids=["plain", "trailer"])
def test_a_body_that_ends_early_is_refused(kind):
    body = encoded(kind)
    for cut in (1, 50, 80, 65_000, 66_000, len(body) - 90, len(body) - 110):
        with pytest.raises((BadChunk, ChunkSignatureMismatch)):
            decode(body[:cut], decoder_of(kind))


def test_the_last_empty_line_may_lack():
    assert decode(encoded(PLAIN)[:-2], decoder_of(PLAIN)) == CONTENT


def test_trailers_that_were_to_be_signed_may_not_come_unsigned():
    body = encoded(TRAILER)
    without = body[: body.index(b"x-amz-trailer-signature")]
    for end in (b"", b"\r\n"):
        with pytest.raises(ChunkSignatureMismatch):
            decode(without + end, decoder_of(TRAILER))


def test_nothing_may_follow_the_trailers_signature():
    body = encoded(TRAILER)[:-2] + b"x-amz-more: 1\r\n\r\n"
    with pytest.raises(BadChunk):
        decode(body, decoder_of(TRAILER))


def test_a_body_without_declared_trailers_may_have_none():
    with pytest.raises(BadChunk):
        decode(encoded(PLAIN)[:-2] + b"x-amz-more: 1\r\n\r\n", decoder_of(PLAIN))


def test_chunks_may_not_change_places_or_be_left_out():
    first, second = 65_536 + 5 + 17 + 64 + 4, 1024 + 3 + 17 + 64 + 4
    body = encoded(PLAIN)
    for changed in (
        body[first : first + second] + body[:first] + body[first + second :],
        body[first:],
        body[:first] + body[first + second :],
        body[:first] + body[:first] + body[first:],
    ):
        with pytest.raises((BadChunk, ChunkSignatureMismatch)):
            decode(changed, decoder_of(PLAIN))


UNSIGNED = b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"


@pytest.mark.parametrize("step", [1, 3, 100])
def test_an_unsigned_body_with_a_trailer_decodes(step):
    decoder = ChunkDecoder(None)
    assert decode(UNSIGNED, decoder, step) == b"hello world"
    assert decoder.trailers == {"x-amz-checksum-crc32": "DUoRhQ=="}
    assert decoder.size == 11


def test_an_unsigned_chunk_of_any_size_is_released_as_it_comes():
    decoder = ChunkDecoder(None)
    decoder.feed(b"fffffffffff\r\n")
    for _ in range(10):
        assert decoder.feed(b"a" * 1000) == [b"a" * 1000]
    with pytest.raises(BadChunk):
        decoder.finish()


def test_a_signed_chunk_too_large_to_be_held_is_refused():
    decoder = ChunkDecoder(signer(PLAIN))
    with pytest.raises(BadChunk):
        decoder.feed(b"4000001;chunk-signature=" + b"0" * 64 + b"\r\n")


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n", b"\r\n", b"-5\r\nhello\r\n", b"+5\r\nhello\r\n", b"0x5\r\nhello\r\n", b"1_0\r\n",
        b" 5\r\nhello\r\n", b"5\r\nhelloXX0\r\n\r\n", b"4\r\nhello\r\n0\r\n\r\n", b"6\r\nhello\r\n0\r\n\r\n",
        b"5;a=b\r\nhello\r\n0\r\n\r\n",
        b"5" * 20 + b"\r\n", b"0\r\nno colon\r\n\r\n", b"0\r\n\r\nmore", b"a" * 10_000, b"",
        b"0\r\n" + b"".join(b"a%d:b\r\n" % n for n in range(40)) + b"\r\n", b"0\r\na:b\r\nA:b\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_not_aws_chunked_is_refused(body):
    with pytest.raises(BadChunk):
        decode(body, ChunkDecoder(None))


def test_the_content_must_be_as_long_as_declared():
    async def source():
        yield UNSIGNED

    async def read(declared):
        return b"".join([piece async for piece in DecodedBody(source(), ChunkDecoder(None), declared)])

    assert asyncio.run(read("11")) == b"hello world"
    assert asyncio.run(read(None)) == b"hello world"
    for declared in ("10", "12", "eleven"):
        with pytest.raises(BadChunk):
            asyncio.run(read(declared))
