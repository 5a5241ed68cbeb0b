"""What parameters are called: names, paths, ARNs and selectors. Pure.

`/a/b` is a path, `x` alone is the same parameter as `/x`; so a parameter is known by its path, and shown by the name it
was made with. When reading, `name:3` or `name:label` selects a version.
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cloudchamber.core.errors import AccessDenied, ValidationError
from cloudchamber.services.ssm.errors import HierarchyLevelLimitExceeded, ParameterNotFound
from cloudchamber.services.ssm.limits import ARN_CHARS_MAX, LEVELS_MAX

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

PUBLIC = "/aws/"
SECRETS = "/aws/reference/secretsmanager/"

_NAME = re.compile(r"/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*")
_PATH = re.compile(r"/([a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*/?)?")
_BAD_NAME = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
    "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 "
    "symbols .-_"
)
_BAD_PATH = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "
    r'"/". It can'
    "'t be prefixed with "
    r"\"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, "
    "or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All "
    'sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.'
)


class Reference(NamedTuple):
    """A parameter as a request names it; `selector` is a version number or a label, or empty."""

    account: str
    region: str
    path: str
    name: str
    selector: str = ""

    @property
    def arn(self) -> str:
        return arn(self.account, self.region, self.path)


def arn(account: str, region: str, path: str) -> str:
    """The ARN of a parameter. AWS's own public ones belong to no account."""
    owner = "" if path.startswith(PUBLIC) and not path.startswith(SECRETS) else account
    return f"arn:aws:ssm:{region}:{owner}:parameter{path}"


def parent(path: str) -> str:
    """`/a` for `/a/b`, and `/` for `/a`."""
    return path.rpartition("/")[0] or "/"


def locate(ctx: Context, text: str) -> Reference:
    """What a Name to read from means: a name or an ARN, with or without a selector. ValidationException."""
    account, region, path, name, selector = _parse(text.strip())
    return Reference(account or ctx.account, region or ctx.region, path, name, selector)


def locate_own(ctx: Context, text: str) -> Reference:
    """The same, for operations that take the name of one of the account's own parameters only."""
    found = locate(ctx, text)
    if found.account != ctx.account or found.region != ctx.region:
        raise ParameterNotFound
    return found


@lru_cache(maxsize=4096)
def _parse(text: str) -> tuple[str, str, str, str, str]:
    account = region = ""
    name = text
    if text.startswith("arn:"):
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[2] != "ssm" or not parts[5].startswith("parameter/"):
            raise ValidationError(_BAD_NAME)
        region, account, name = parts[3], parts[4], parts[5].removeprefix("parameter")
    if name.startswith(SECRETS):
        secret, _, selector = name.removeprefix(SECRETS).partition(":")
        return account, region, SECRETS + secret, SECRETS + secret, selector
    name, colon, selector = name.partition(":")
    if not _NAME.fullmatch(name) or ("/" in name and name[0] != "/") or (colon and (not selector or ":" in selector)):
        raise ValidationError(_BAD_NAME)
    if name.lstrip("/")[:3].lower() == "ssm":
        raise ValidationError(_BAD_NAME)
    return account, region, name if name[0] == "/" else f"/{name}", name, selector


def check_new(ctx: Context, text: str) -> Reference:
    """The name of a parameter that is to be written. ValidationException, AccessDenied, HierarchyLevelLimitExceeded."""
    name = text.strip()
    if "/" in name and not name.startswith("/"):
        raise ValidationError("Parameter name must be a fully qualified name.")
    if name.lstrip("/")[:3].lower() == "aws":
        raise AccessDenied(f"No access to reserved parameter name: {name}.")
    if not _NAME.fullmatch(name) or name.lstrip("/")[:3].lower() == "ssm":
        raise ValidationError(_BAD_NAME)
    path = name if name[0] == "/" else f"/{name}"
    if path.count("/") > LEVELS_MAX:
        raise HierarchyLevelLimitExceeded
    found = Reference(ctx.account, ctx.region, path, name)
    if len(found.arn) > ARN_CHARS_MAX:
        raise ValidationError(
            f"Parameter name: the maximum length, with the ARN that precedes the name, is {ARN_CHARS_MAX} characters."
        )
    return found


def check_path(text: str) -> str:
    """A path to list, without its trailing slash (`/` is empty). ValidationException."""
    if not _PATH.fullmatch(text) or text[1:4].lower() == "ssm":
        raise ValidationError(_BAD_PATH)
    return text.rstrip("/")
