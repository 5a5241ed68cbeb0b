"""SES's errors. The two APIs name the same refusal differently, so each class knows both names.

https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html and
https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from cloudchamber.core.errors import AwsError


class SesError(AwsError):
    """`version` is that of the API asked, 1 or 2. `members` are told in v1 only, as AWS does."""

    names: ClassVar[tuple[str, str]]
    statuses: ClassVar[tuple[int, int]] = (400, 400)

    def __init__(self, version: int, message: str, **members: Any) -> None:
        super().__init__(
            message,
            code=self.names[version - 1],
            status=self.statuses[version - 1],
            members=members if version == 1 else None,
        )


class InvalidParameter(SesError):
    names = ("InvalidParameterValue", "BadRequestException")


class MessageRejected(SesError):
    names = ("MessageRejected", "MessageRejected")


class AlreadyExists(SesError):
    names = ("AlreadyExists", "AlreadyExistsException")


class LimitExceeded(SesError):
    names = ("LimitExceeded", "LimitExceededException")


class Throttled(SesError):
    names = ("Throttling", "TooManyRequestsException")
    statuses = (400, 429)


class AccountPaused(SesError):
    names = ("AccountSendingPausedException", "SendingPausedException")


class SetPaused(SesError):
    names = ("ConfigurationSetSendingPausedException", "SendingPausedException")


class InvalidPolicy(SesError):
    names = ("InvalidPolicy", "BadRequestException")


class InvalidTopic(SesError):
    names = ("InvalidSNSDestination", "BadRequestException")


class NoTopic(SesError):
    """The other name for the same, where the topic is an identity's."""

    names = ("InvalidParameterValue", "BadRequestException")


class NoSuchIdentity(SesError):
    names = ("InvalidParameterValue", "NotFoundException")
    statuses = (400, 404)

    def __init__(self, version: int, identity: str) -> None:
        text = f"Identity {identity} does not exist." if version == 1 else f"Email identity {identity} does not exist."
        super().__init__(version, text)


class NoSuchPolicy(SesError):
    names = ("InvalidParameterValue", "NotFoundException")
    statuses = (400, 404)


class NoSuchSet(SesError):
    names = ("ConfigurationSetDoesNotExist", "NotFoundException")
    statuses = (400, 404)

    def __init__(self, version: int, name: str) -> None:
        super().__init__(version, f"Configuration set <{name}> does not exist.", ConfigurationSetName=name)


class SetExists(SesError):
    names = ("ConfigurationSetAlreadyExists", "AlreadyExistsException")

    def __init__(self, version: int, name: str) -> None:
        super().__init__(version, f"Configuration set <{name}> already exists.", ConfigurationSetName=name)


class InvalidSet(SesError):
    names = ("InvalidConfigurationSet", "BadRequestException")


class NoSuchDestination(SesError):
    names = ("EventDestinationDoesNotExist", "NotFoundException")
    statuses = (400, 404)

    def __init__(self, version: int, set_name: str, name: str) -> None:
        super().__init__(
            version, f"Event destination <{name}> does not exist in configuration set <{set_name}>.",
            ConfigurationSetName=set_name, EventDestinationName=name,
        )  # fmt: skip


class DestinationExists(SesError):
    names = ("EventDestinationAlreadyExists", "AlreadyExistsException")

    def __init__(self, version: int, set_name: str, name: str) -> None:
        super().__init__(
            version, f"An event destination named <{name}> already exists in configuration set <{set_name}>.",
            ConfigurationSetName=set_name, EventDestinationName=name,
        )  # fmt: skip


class NoTrackingOptions(SesError):
    names = ("TrackingOptionsDoesNotExistException", "NotFoundException")

    def __init__(self, version: int, name: str) -> None:
        text = f"Tracking options for configuration set <{name}> do not exist."
        super().__init__(version, text, ConfigurationSetName=name)


class TrackingOptionsExist(SesError):
    names = ("TrackingOptionsAlreadyExistsException", "AlreadyExistsException")

    def __init__(self, version: int, name: str) -> None:
        text = f"Tracking options for configuration set <{name}> already exist."
        super().__init__(version, text, ConfigurationSetName=name)


class NoSuchTemplate(SesError):
    names = ("TemplateDoesNotExist", "NotFoundException")
    statuses = (400, 404)

    def __init__(self, version: int, name: str) -> None:
        super().__init__(version, f"Template {name} does not exist.", TemplateName=name)


class InvalidTemplate(SesError):
    names = ("InvalidTemplate", "BadRequestException")


class InvalidRenderingParameter(SesError):
    names = ("InvalidRenderingParameter", "BadRequestException")


class MissingRenderingAttribute(SesError):
    names = ("MissingRenderingAttribute", "BadRequestException")


class NotFound(SesError):
    """What only v2 has."""

    names = ("NotFoundException", "NotFoundException")
    statuses = (404, 404)
