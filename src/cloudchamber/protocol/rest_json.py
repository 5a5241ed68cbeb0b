"""The `rest-json` protocol: HTTP bindings around a JSON body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.protocol import json
from cloudchamber.protocol.body import Body

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.protocol.models import Shape


class JsonBody(Body):
    content_type = "application/json"
    writes_empty = True

    def reader(self, shape: Shape) -> Callable[[bytes], Any]:
        decode = json.Decoders().decoder(shape)

        def read(body: bytes) -> Any:
            tree = json.loads(body)
            if body.count(b"[") + body.count(b"{") > json.DEPTH_MAX:
                json.depth_guard(tree)
            return decode(tree)

        return read

    def writer(self, shape: Shape, root: str) -> Callable[[Any], bytes]:
        encode = json.Encoders().encoder(shape)
        if encode is None:
            return json.dumps
        return lambda value: json.dumps(encode(value))
