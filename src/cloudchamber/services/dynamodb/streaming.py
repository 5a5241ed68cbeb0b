"""Writing a table's changes to its stream: a record, ready as it will be read, in the transaction of the change.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.services.dynamodb.streams_store import StreamStore, shown
from cloudchamber.services.dynamodb.values import item_size

if TYPE_CHECKING:
    from cloudchamber.services.dynamodb.changes import Origin
    from cloudchamber.services.dynamodb.store import DynamoStore, Stored
    from cloudchamber.services.dynamodb.table import TableView
    from cloudchamber.services.dynamodb.values import Item

_NEW_IMAGE = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
_OLD_IMAGE = ("OLD_IMAGE", "NEW_AND_OLD_IMAGES")


def write(
    store: DynamoStore, view: TableView, change: tuple[Stored | None, Item | None, bytes | None, int], origin: Origin
) -> None:
    """`change` is what was there, what is there now, its JSON and its size."""
    old, new, data, size = change
    streams = store.db.shared(StreamStore)
    number, view_type = view.record.stream, view.record.stream_view
    assert number is not None
    seq = streams.begin(number, origin.at)
    item = old.item if new is None and old is not None else new
    assert item is not None
    keys = view.key_of(item)
    size_bytes = item_size(keys)
    told: dict[str, Any] = {"ApproximateCreationDateTime": int(origin.at), "Keys": keys}
    if data is not None and view_type in _NEW_IMAGE:
        told["NewImage"] = orjson.Fragment(data)
        size_bytes += size
    if old is not None and view_type in _OLD_IMAGE:
        told["OldImage"] = orjson.Fragment(old.data)
        size_bytes += old.size
    told["SequenceNumber"] = shown(seq)
    told["SizeBytes"] = size_bytes
    told["StreamViewType"] = view_type
    record = {
        "eventID": f"{ids.number(128):032x}",
        "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": view.record.region,
        "dynamodb": told,
    }
    if origin.identity is not None:
        # The wire spells `PrincipalId` and `Type`; what Lambda hands to functions spells them small.
        record["userIdentity"] = {name[0].upper() + name[1:]: value for name, value in origin.identity.items()}
    # The trace goes on to who reads the stream; Lambda does not look for loops through streams.
    trace = None if origin.span is None else origin.span.header.partition(";Lineage=")[0]
    streams.append(number, seq, origin.at, orjson.dumps(record), trace)
