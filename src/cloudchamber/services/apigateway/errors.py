"""API Gateway's errors, and the messages that more than one operation gives."""

from cloudchamber.core.errors import AwsError


class BadRequest(AwsError):
    code = "BadRequestException"


class NotFound(AwsError):
    code = "NotFoundException"
    status = 404


class Conflict(AwsError):
    code = "ConflictException"
    status = 409


class LimitExceeded(AwsError):
    code = "LimitExceededException"
    status = 429


def no_api(account: str, api_id: str) -> NotFound:
    return NotFound(f"Invalid API identifier specified {account}:{api_id}")
