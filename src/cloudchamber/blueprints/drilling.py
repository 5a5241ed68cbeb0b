"""What drills are written with: promises, each kept before one's eyes or broken with what was seen instead.

A drill is a function `walk(drill)`; it uses real clients against the running architecture and nothing else.
"""

from __future__ import annotations

import importlib
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx


class Broken(Exception):
    """A promise that was not kept."""


@dataclass(slots=True)
class Kept:
    promise: str
    seen: str


@dataclass(slots=True)
class Drill:
    """One walk. `outputs` are the stack's; `tell` is called with each promise that was kept."""

    endpoint: str
    outputs: Mapping[str, str]
    tell: Callable[[Kept], None] = lambda kept: None
    kept: list[Kept] = field(default_factory=list)
    region: str = "us-east-1"

    @contextmanager
    def promise(self, text: str) -> Iterator[Callable[..., None]]:
        """`with drill.promise("…") as saw:` — whatever goes wrong inside breaks it; `saw(…)` says what was seen."""
        seen: list[str] = []

        def saw(*what: object) -> None:
            seen.append(" ".join(map(str, what)))

        try:
            yield saw
        except Exception as error:
            raise Broken(f"{text}: {type(error).__name__}: {error}") from error
        kept = Kept(text, "; ".join(seen))
        self.kept.append(kept)
        self.tell(kept)

    def client(self, service: str, credentials: Mapping[str, str] | None = None) -> Any:
        """A boto3 client, with temporary credentials as Cognito gives them, or as root of the default account."""
        import boto3  # noqa: PLC0415 - takes half a second
        from botocore.config import Config  # noqa: PLC0415

        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        if credentials is not None:
            keys = {
                "aws_access_key_id": credentials["AccessKeyId"], "aws_secret_access_key": credentials["SecretKey"],
                "aws_session_token": credentials["SessionToken"],
            }  # fmt: skip
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return boto3.client(service, endpoint_url=self.endpoint, region_name=self.region, config=config, **keys)

    def browser(self) -> httpx.Client:
        """An HTTP client for which `*.localhost` is this machine, as it is for browsers, whatever its resolver says."""
        import httpx  # noqa: PLC0415 - heavy

        class Local(httpx.HTTPTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                if request.url.host.endswith(".localhost"):  # a copy: cookies stay with the name
                    here = request.url.copy_with(host="127.0.0.1")
                    request = httpx.Request(
                        request.method, here, headers=request.headers, stream=request.stream,
                        extensions=request.extensions,
                    )  # fmt: skip
                return super().handle_request(request)

        return httpx.Client(timeout=30, transport=Local())

    def mail(self, to: str) -> list[dict[str, Any]]:
        """The mails to an address, newest first, each with subject and text."""
        listed = self.browser().get(f"{self.endpoint}/_cloudchamber/api/mail", params={"to": to}).json()
        found: list[dict[str, Any]] = listed["messages"]
        return found

    @staticmethod
    def word() -> str:
        """Something that nobody has used before: drills may be walked again and again."""
        return ids.span_id()[:8]


def expect(seen: object, wanted: object) -> None:
    if seen != wanted:
        raise Broken(f"saw {_short(seen)} instead of {_short(wanted)}")


def refused(call: Callable[[], Any], *codes: str) -> str:
    """The error code of a call that has to fail with one of `codes`."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - takes half a second

    try:
        answer = call()
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        if code not in codes:
            raise Broken(f"was refused with {code} ({error}) instead of {' or '.join(codes)}") from None
        return code
    raise Broken(f"was not refused: {_short(answer)}")


def _short(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) < 300 else f"{text[:300]}…"


def walk(name: str, drill: Drill) -> None:
    """Walk the drill of a blueprint. Broken at the first promise that is not kept."""
    importlib.import_module(f"cloudchamber.blueprints.{name}.drill").walk(drill)
