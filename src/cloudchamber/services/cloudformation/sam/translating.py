"""AWS's translator of SAM templates, kept to one region at a time and to this machine.

The translator keeps the region in a class attribute, so translations take turns. It is never given a way to call AWS.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import Any

import orjson
from samtranslator.model.exceptions import ExceptionWithMessage, InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.arn_generator import NoRegionFound
from samtranslator.translator.translator import Translator
from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

_TURN = threading.Lock()
logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of settings that only AWS's own have


@dataclass(frozen=True, slots=True)
class _Session:
    """As much of a boto3 session as the translator asks for."""

    region_name: str


def translated(
    raw: bytes, parameters: dict[str, Any], policies: dict[str, str], region: str
) -> tuple[dict[str, Any], str]:
    """The template that `raw` (JSON) means, and what is wrong with it, if anything: then the template is empty."""
    template = orjson.loads(raw)
    values = {**parameters, "AWS::Region": region, "AWS::Partition": "aws"}
    with _TURN:
        translator = Translator(None, Parser(), boto_session=_Session(region))
        try:
            to_py27_compatible_template(template, values)
            made = translator.translate(
                template, parameter_values=values, passthrough_metadata=True, get_managed_policy_map=lambda: policies
            )
        except InvalidDocumentException as invalid:
            reasons = " ".join([invalid.message, *sorted(cause.message for cause in invalid.causes)])
            return {}, reasons
        except (ExceptionWithMessage, NoRegionFound) as error:
            return {}, getattr(error, "message", "") or str(error)
        finally:
            translator.metrics.publish()  # nowhere, but it complains of what is left
    found: dict[str, Any] = undo_mark_unicode_str_in_template(made)
    return found, ""
