"""A request of a client to an API, in the one form that REST, HTTP and WebSocket APIs read.

Names of headers are kept in lower case; events of payload format 1.0 show them as `Content-Type`, which is how most
clients spell them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudchamber.identity.principals import Principal

Multi = dict[str, list[str]]


@dataclass(slots=True)
class Incoming:
    """`path` is what follows the stage, `sent_path` the whole, both as sent: percent-encoded, without the query.

    Of a custom domain, `base_path` is what comes before `path` (`/v1`), and `sent_path` is both.
    `identify` tells who signed the request; AwsError if nobody did, or if the signature does not verify.
    """

    method: str
    path: str
    sent_path: str
    query_string: str
    headers: Mapping[str, str]  # lower-case names; repeated headers joined with a comma
    raw_headers: Sequence[tuple[str, str]]  # lower-case names, as they came
    body: bytes
    ip: str
    host: str  # with the port, where the client names one
    secure: bool
    identify: Callable[[], Principal]
    base_path: str = ""
    _query: Multi | None = None
    _multi_headers: Multi | None = None

    @property
    def query(self) -> Multi:
        """Decoded query parameters, in the order in which they came."""
        if self._query is None:
            self._query = parse_query(self.query_string) if self.query_string else {}
        return self._query

    @property
    def multi_headers(self) -> Multi:
        if self._multi_headers is None:
            self._multi_headers = gathered(self.raw_headers)
        return self._multi_headers

    def header(self, name: str) -> str | None:
        """The last value of a header, by its lower-case name."""
        values = self.multi_headers.get(name)
        return None if values is None else values[-1]

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters and in lower case; `application/json` where none is given."""
        return (self.headers.get("content-type") or "application/json").partition(";")[0].strip().lower()

    @property
    def domain_name(self) -> str:
        return self.host.partition(":")[0]

    @property
    def port(self) -> str:
        return self.host.partition(":")[2] or ("443" if self.secure else "80")

    @property
    def scheme(self) -> str:
        return "https" if self.secure else "http"


def from_http(http: Any, path: str, sent_path: str, identify: Callable[[], Principal]) -> Incoming:
    """From the gateway's request, whose body is at hand."""
    return Incoming(
        http.method, path, sent_path, http.query_string, http.headers, http.raw_headers, http.body, http.client_ip,
        http.host, http.secure, identify,
    )  # fmt: skip


def parse_query(text: str) -> Multi:
    """What is not UTF-8 becomes U+FFFD."""
    return gathered(parse_qsl(text, keep_blank_values=True))


def gathered(pairs: Sequence[tuple[str, str]]) -> Multi:
    """Values by name."""
    found: Multi = {}
    for name, value in pairs:
        if name in found:
            found[name].append(value)
        else:
            found[name] = [value]
    return found


@lru_cache(maxsize=2048)
def titled(name: str) -> str:
    """`content-type` as `Content-Type`."""
    return "-".join([part[:1].upper() + part[1:] for part in name.split("-")]).replace("Websocket", "WebSocket")
