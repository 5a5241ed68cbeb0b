"""The errors of API Gateway V2, as its control plane gives them."""

from __future__ import annotations

from cloudchamber.core.errors import AwsError


class BadRequest(AwsError):
    code = "BadRequestException"


class Conflict(AwsError):
    code = "ConflictException"
    status = 409


class NotFound(AwsError):
    code = "NotFoundException"
    status = 404


class TooManyRequests(AwsError):
    code = "TooManyRequestsException"
    status = 429


class Gone(AwsError):
    """A connection that is no longer there."""

    code = "GoneException"
    status = 410


class PayloadTooLarge(AwsError):
    code = "PayloadTooLargeException"
    status = 413


class LimitExceeded(AwsError):
    code = "LimitExceededException"
    status = 429


class Forbidden(AwsError):
    code = "ForbiddenException"
    status = 403


def no_api(account: str, api_id: str) -> NotFound:
    return NotFound(f"Invalid API identifier specified {account}:{api_id}")


def no_part(kind: str, part_id: str) -> NotFound:
    """`kind` is AWS's name of the thing: Route, Integration, …"""
    return NotFound(f"Unable to find {kind} by id {part_id} within the provided API")


def no_stage() -> NotFound:
    return NotFound("Invalid stage identifier specified")


def missing(parameter: str, what: str) -> BadRequest:
    return BadRequest(f"{parameter} is a required parameter for {what}")
