"""The noun `mail` of the JSON API: what services sent to people, and a phone's answer to a text message."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudchamber.identity import principals

if TYPE_CHECKING:
    from cloudchamber.cloud import Cloud
    from cloudchamber.storage.mailbox import Message


def listed(cloud: Cloud, limit: int, query: dict[str, str]) -> dict[str, Any]:
    """The latest messages, newest first; `account` and `to` narrow it down."""
    wanted = {"account": query.get("account"), "recipient": query.get("to")}
    found = cloud.mailbox.list(limit, **{k: v for k, v in wanted.items() if v is not None})
    return {"messages": [shown(message) for message in found]}


def get(cloud: Cloud, message_id: str) -> Message | None:
    return cloud.mailbox.get(message_id)


def delete(cloud: Cloud, message_id: str | None) -> dict[str, int]:
    return {"deleted": cloud.mailbox.delete(message_id)}


async def reply(cloud: Cloud, message: Message, text: str) -> dict[str, Any]:
    """The phone that got a text message answers it."""
    request = {"PhoneNumber": message.recipient, "Text": text}
    carrier = principals.service("sns.amazonaws.com")
    await cloud.dispatcher.enter(carrier, message.account, message.region, "sns:receive_text", request)
    return shown(message)


def shown(message: Message) -> dict[str, Any]:
    raw = asdict(message)
    raw["from"], raw["to"] = raw.pop("sender"), raw.pop("recipient")
    return {**raw, "at": datetime.fromtimestamp(message.at, UTC).isoformat()}
