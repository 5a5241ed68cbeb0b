"""The floor: a server that answers every request at once with the same few bytes. Nothing is faster for a client."""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import httptools
import uvloop

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: "
    b"00000000-0000-4000-8000-000000000000\r\nContent-Length: 2\r\n\r\n{}"
)
ANSWER_XML_BODY = (
    b"<AnyResponse><GetCallerIdentityResult/><PublishResult/><ResponseMetadata><RequestId>0</RequestId>"
    b"</ResponseMetadata></AnyResponse>"
)
ANSWER_XML = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%b" % (
    len(ANSWER_XML_BODY),
    ANSWER_XML_BODY,
)


def listed(keys: int) -> bytes:
    """A list of objects as a client of S3 reads it."""
    item = (
        b"<Contents><Key>p%03d/%d</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;0&quot;</ETag>"
        b"<Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )
    body = b"<ListBucketResult>" + b"".join([item % divmod(at, 10) for at in range(keys)]) + b"</ListBucketResult>"
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


LISTS = {b"max-keys=1000": listed(1000), b"max-keys=10": listed(10)}
OBJECT = b"HTTP/1.1 200 OK\r\nContent-Type: binary/octet-stream\r\nContent-Length: 1024\r\n\r\n" + b"x" * 1024
NOTHING = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Null(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's are not of the class
        self.parser = httptools.HttpRequestParser(self)
        self.is_form = False
        self.url = b""

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if value.startswith(b"application/x-www-form-urlencoded"):
            self.is_form = True
        elif value == b"100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_url(self, url: bytes) -> None:
        self.url = url

    def on_message_complete(self) -> None:
        method = self.parser.get_method()
        if method == b"POST":
            self.transport.write(ANSWER_XML if self.is_form else ANSWER)
        elif method == b"PUT":
            self.transport.write(NOTHING)
        else:
            found = next((answer for asked, answer in LISTS.items() if asked in self.url), OBJECT)
            self.transport.write(found)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Null, "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
