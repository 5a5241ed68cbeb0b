"""Functions and event source mappings as the rest of the cloud may know them, with what they hand work to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.resources import Resource, links_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudchamber.services.lambda_.records import Function, Mapping, Setting, Version


def of_function(
    function: Function, version: Version, arn: str, policy: str | None, settings: Iterable[Setting]
) -> Resource:
    """A function in one of its versions; `settings` are those for asynchronous invocation, of all its qualifiers."""
    return Resource(
        arn, "AWS::Lambda::Function", function.name, function.account, function.region, function.tags, policy,
        links_of(*_called(version), *_destinations(settings)), {"Runtime": version.settings["Runtime"]},
    )  # fmt: skip


def _called(version: Version) -> Iterator[str | None]:
    """The role, the key, the dead-letter target, and whatever a variable of the environment names."""
    settings = version.settings
    yield settings["Role"]
    yield settings.get("KMSKeyArn")
    yield (settings.get("DeadLetterConfig") or {}).get("TargetArn")
    yield from ((settings.get("Environment") or {}).get("Variables") or {}).values()


def _destinations(settings: Iterable[Setting]) -> Iterator[str | None]:
    for setting in settings:
        for outcome in (setting.settings.get("DestinationConfig") or {}).values():
            yield outcome.get("Destination")


def of_mapping(mapping: Mapping) -> Resource:
    """A wire: from the source to the function, and on to where failed batches go."""
    failed = (mapping.settings.get("DestinationConfig") or {}).get("OnFailure") or {}
    return Resource(
        mapping.arn, "AWS::Lambda::EventSourceMapping", mapping.uuid, mapping.account, mapping.region,
        links=links_of(mapping.source_arn, mapping.function_arn, failed.get("Destination")),
        attributes={"State": "Enabled" if mapping.is_enabled else "Disabled", "BatchSize": mapping.batch_size},
    )  # fmt: skip
