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
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult/>'
    b"<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
)
ANSWER_XML = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%b" % (
    len(ANSWER_XML_BODY),
    ANSWER_XML_BODY,
)


class Null(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's are not of the class
        self.parser = httptools.HttpRequestParser(self)
        self.is_form = False

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if value.startswith(b"application/x-www-form-urlencoded"):
            self.is_form = True

    def on_message_complete(self) -> None:
        self.transport.write(ANSWER_XML if self.is_form else ANSWER)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Null, "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
