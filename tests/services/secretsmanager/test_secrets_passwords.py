"""GetRandomPassword."""

from __future__ import annotations

import string

import pytest

from tests.services.calls import refused


@pytest.fixture
def password(secrets):
    return lambda **options: secrets.get_random_password(**options)["RandomPassword"]


def test_passwords_that_cannot_be_made(password):
    with refused("InvalidParameterException"):
        password(PasswordLength=3)
    with refused("InvalidParameterException"):
        password(ExcludeCharacters=string.ascii_letters + string.digits + string.punctuation)
    for length in (0, 4097):
        with refused("ValidationException"):
            password(PasswordLength=length)


def test_a_password_has_32_characters_of_every_kind(password):
    made = password()
    assert len(made) == 32 and made != password()
    for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation):
        assert set(made) & set(kind)
    assert " " not in made


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ({"ExcludePunctuation": True}, string.ascii_letters + string.digits),
        ({"ExcludeLowercase": True, "ExcludeUppercase": True, "ExcludePunctuation": True}, string.digits),
        ({"ExcludeNumbers": True, "ExcludePunctuation": True, "ExcludeCharacters": "lIO"},
         "".join(sorted(set(string.ascii_letters) - set("lIO")))),
        ({"ExcludeUppercase": True, "ExcludeNumbers": True, "ExcludePunctuation": True, "IncludeSpace": True},
         string.ascii_lowercase + " "),
    ],
)  # fmt: skip
def test_what_is_left_out_is_not_in_it(password, options, allowed):
    made = password(PasswordLength=400, **options)
    assert len(made) == 400 and set(made) <= set(allowed)
    assert len(set(made)) > len(set(allowed)) // 2


def test_short_passwords_need_not_have_every_kind(password):
    assert len(password(PasswordLength=1, RequireEachIncludedType=False)) == 1
    assert len(password(PasswordLength=4)) == 4
    assert len(password(PasswordLength=4096)) == 4096
