"""Mail addresses as SES reads them: `Ann Example <ann@example.com>`, with the complaints it has about others (pure).

The texts are those of the mail library behind SES, which are what its users see.
"""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import lru_cache

_ANGLED = re.compile(r"\s*(.*?)\s*<([^<>]*)>\s*\Z", re.DOTALL)
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+\Z")
_BLANK = re.compile(r"[\x00-\x20\x7f]")
SIMULATOR = "simulator.amazonses.com"


class InvalidAddress(ValueError):
    """The text says what is wrong."""


def take_apart(text: str) -> tuple[str, str]:
    """Display name and address, unchecked."""
    found = _ANGLED.match(text)
    if found is None:
        return "", text.strip()
    name = found[1].strip('"')
    if "=?" in name:
        try:
            name = str(make_header(decode_header(name)))
        except (HeaderParseError, LookupError, UnicodeError):
            pass
    return name, found[2].strip()


@lru_cache(maxsize=4096)
def checked(text: str) -> str:
    """The bare address; InvalidAddress."""
    address = take_apart(text)[1]
    if not address:
        raise InvalidAddress("Empty address")
    local, at, domain = address.rpartition("@")
    if not at:
        raise InvalidAddress("Missing final '@domain'")
    fault = _local_fault(local) or _domain_fault(domain)
    if fault:
        raise InvalidAddress(fault)
    return address


def _local_fault(local: str) -> str:
    if not local:
        return "Missing local name"
    if local.startswith('"') and local.endswith('"') and len(local) > 2:
        return ""
    if _BLANK.search(local):
        return "Local address contains control or whitespace"
    if local.startswith("."):
        return "Local address starts with dot"
    if ".." in local:
        return "Local address contains dot-dot"
    if not local.isascii() or any(c in '()<>@,;:\\"[]' for c in local):
        return "Local address contains illegal character"
    return ""


def _domain_fault(domain: str) -> str:
    if not domain:
        return "Missing domain"
    if _BLANK.search(domain):
        return "Domain contains control or whitespace"
    if domain.startswith("."):
        return "Domain starts with dot"
    if domain.endswith("."):
        return "Domain ends with dot"
    if ".." in domain:
        return "Domain contains dot-dot"
    return "" if _DOMAIN.match(domain) else "Domain contains illegal character"


def is_domain(text: str) -> bool:
    return "." in text and not _domain_fault(text)


def folded(address: str) -> str:
    """The address under which an identity is kept: the domain in small letters, the rest as it is."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def identities_of(address: str) -> list[str]:
    """What may vouch for an address, the nearest first: itself (also without its label), its domain, those above it."""
    local, _, domain = folded(address).rpartition("@")
    found = [f"{local}@{domain}"]
    if "+" in local:
        found.append(f"{local.partition('+')[0]}@{domain}")
    labels = domain.split(".")
    return found + [".".join(labels[at:]) for at in range(max(len(labels) - 1, 1))]


def simulated(address: str) -> str:
    """Which of the mailbox simulator's addresses this is (`bounce`), labels left away; empty for any other."""
    local, _, domain = address.rpartition("@")
    return local.partition("+")[0].lower() if domain.lower() == SIMULATOR else ""
