"""How DynamoDB's wire differs from what its model says to the codecs: items pass through as they are.

Attribute values stay JSON from the client to the store and back. They are checked in `values.py`, in one walk that
also measures them, instead of being decoded, validated and encoded shape by shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_AS_IT_IS = {"document": True}
_SHAPES = (
    "AttributeMap", "AttributeValue", "AttributeValueList", "ExpressionAttributeValueMap",
    "ItemCollectionKeyAttributeMap", "ItemList", "Key", "PutItemInputAttributeMap",
)  # fmt: skip

MODEL_PATCH: Mapping[str, Any] = {"shapes": dict.fromkeys(_SHAPES, _AS_IT_IS)}
