"""Virtual MFA devices and their one-time codes, on a clock that stands still."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.identity import principals
from cloudchamber.services.iam.store_mfa import MfaDevice, code_at
from tests.services.iam.credential_calls import code, refused
from tests.services.iam.iam_calls import denied, policy, statement

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import CloudClock, RunningCloud

WRONG_CODE = ("InvalidAuthenticationCode", "Authentication code for device is not valid.", 403)


class Authenticator:
    """A phone with a device's seed, whose clock may be wrong by some seconds."""

    def __init__(self, iam: Any, clock: CloudClock, name: str = "phone", **request: Any) -> None:
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **request)["VirtualMFADevice"]
        self.serial: str = device["SerialNumber"]
        self.seed: bytes = device["Base32StringSeed"]
        self.shown = device
        self._clock = clock
        self.ahead_s = 0.0

    def code(self, steps: int = 0) -> str:
        return code(self.seed, self._clock.now() + self.ahead_s + 30 * steps)

    def pair(self, steps: int = 0) -> dict[str, str]:
        return {"AuthenticationCode1": self.code(steps), "AuthenticationCode2": self.code(steps + 1)}


@pytest.fixture
def bob(iam: Any) -> str:
    iam.create_user(UserName="bob")
    return "bob"


@pytest.fixture
def phone(iam: Any, frozen_clock: CloudClock) -> Authenticator:
    return Authenticator(iam, frozen_clock)


@pytest.fixture
def verify(cloud: RunningCloud, account: str) -> Callable[..., bool]:
    """What STS asks: `verify("bob", serial, code)`."""

    def ask(user: str, serial: str, token: str) -> bool:
        request = {"UserName": user, "SerialNumber": serial, "TokenCode": token}
        answer = cloud.run(
            lambda c: c.dispatcher.enter(principals.root(account), account, "us-east-1", "iam:verify_mfa", request)
        )
        return bool(answer["Valid"])

    return ask


# the algorithm


@pytest.mark.parametrize(
    ("at", "expected"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238(at: int, expected: str) -> None:
    """The last six digits of the RFC's test vectors for SHA-1."""
    assert code_at(b"12345678901234567890", at // 30) == expected


def test_codes_at_the_beginning_of_time_are_no_error() -> None:
    device = MfaDevice("1" * 12, "serial", "name", "/", 0.0, base64.b32encode(b"k" * 20).decode())
    assert device.step_of("000000", 0.0) is None
    assert device.step_of_pair("000000", "000000", 0.0) is None


# wrong input


def test_a_device_is_enabled_with_two_codes_in_a_row(iam: Any, bob: str, phone: Authenticator) -> None:
    first, second, third = (phone.code(n) for n in range(3))
    for one, other in (("000000", "000000"), (first, first), (second, first), (first, third)):
        with refused(*WRONG_CODE):
            iam.enable_mfa_device(
                UserName=bob, SerialNumber=phone.serial, AuthenticationCode1=one, AuthenticationCode2=other
            )
    iam.enable_mfa_device(UserName=bob, SerialNumber=phone.serial, **phone.pair())


def test_codes_of_long_ago_are_not_valid(iam: Any, bob: str, phone: Authenticator) -> None:
    with refused(*WRONG_CODE):
        iam.enable_mfa_device(UserName=bob, SerialNumber=phone.serial, **phone.pair(-60))


def test_a_code_has_six_digits(iam: Any, bob: str, phone: Authenticator) -> None:
    with refused(
        "ValidationError",
        "1 validation error detected: Value 'abcdef' at 'authenticationCode1' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: [\\d]+",
    ):
        iam.enable_mfa_device(
            UserName=bob, SerialNumber=phone.serial, AuthenticationCode1="abcdef", AuthenticationCode2="123456"
        )


# wrong state


def test_a_device_name_can_be_given_once_under_a_path(iam: Any, frozen_clock: CloudClock, phone: Authenticator) -> None:
    with refused("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.", 409):
        iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")
    iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Path="/other/")


def test_a_device_that_does_not_exist_is_no_such_entity(iam: Any, account: str, bob: str) -> None:
    serial = f"arn:aws:iam::{account}:mfa/none"
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "123456"}
    message = f"VirtualMFADevice with serial number {serial} doesn't exist."
    for call, more in (
        (iam.delete_virtual_mfa_device, {}),
        (iam.enable_mfa_device, {"UserName": bob, **codes}),
        (iam.resync_mfa_device, {"UserName": bob, **codes}),
        (iam.deactivate_mfa_device, {"UserName": bob}),
        (iam.get_mfa_device, {}),
        (iam.list_mfa_device_tags, {}),
    ):
        with refused("NoSuchEntity", message, 404):
            call(SerialNumber=serial, **more)


def test_a_device_is_one_users(iam: Any, bob: str, phone: Authenticator) -> None:
    iam.create_user(UserName="eve")
    iam.enable_mfa_device(UserName=bob, SerialNumber=phone.serial, **phone.pair())
    with refused("EntityAlreadyExists", "MFA Device is already in use.", 409):
        iam.enable_mfa_device(UserName="eve", SerialNumber=phone.serial, **phone.pair(2))
    for call, more in (
        (iam.resync_mfa_device, phone.pair(2)),
        (iam.deactivate_mfa_device, {}),
        (iam.get_mfa_device, {}),
    ):
        with refused("NoSuchEntity", "MFA Device invalid for user.", 404):
            call(UserName="eve", SerialNumber=phone.serial, **more)


def test_a_user_has_at_most_eight_devices(iam: Any, bob: str, frozen_clock: CloudClock) -> None:
    for number in range(8):
        device = Authenticator(iam, frozen_clock, f"phone-{number}")
        iam.enable_mfa_device(UserName=bob, SerialNumber=device.serial, **device.pair())
    ninth = Authenticator(iam, frozen_clock, "phone-8")
    with refused("LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8", 409):
        iam.enable_mfa_device(UserName=bob, SerialNumber=ninth.serial, **ninth.pair())


def test_an_enabled_device_keeps_itself_and_its_user_from_being_deleted(
    iam: Any, bob: str, phone: Authenticator
) -> None:
    iam.enable_mfa_device(UserName=bob, SerialNumber=phone.serial, **phone.pair())
    with refused("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first", 409):
        iam.delete_virtual_mfa_device(SerialNumber=phone.serial)
    with refused("DeleteConflict", "Cannot delete entity, must delete MFA device first.", 409):
        iam.delete_user(UserName=bob)
    iam.deactivate_mfa_device(UserName=bob, SerialNumber=phone.serial)
    iam.delete_virtual_mfa_device(SerialNumber=phone.serial)
    iam.delete_user(UserName=bob)
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


# behaviour


def test_a_seed_is_shown_once(iam: Any, account: str, frozen_clock: CloudClock) -> None:
    phone = Authenticator(iam, frozen_clock, Path="/team/", Tags=[{"Key": "of", "Value": "bob"}])
    assert phone.serial == f"arn:aws:iam::{account}:mfa/team/phone"
    assert re.fullmatch(b"[A-Z2-7]{64}", phone.seed)
    assert phone.shown["Tags"] == [{"Key": "of", "Value": "bob"}]
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == [{"SerialNumber": phone.serial}]


def test_an_enabled_device_is_listed_with_its_user(iam: Any, bob: str, phone: Authenticator) -> None:
    iam.create_virtual_mfa_device(VirtualMFADeviceName="spare")
    iam.enable_mfa_device(UserName=bob, SerialNumber=phone.serial, **phone.pair())
    (listed,) = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert (listed["SerialNumber"], listed["User"]["UserName"]) == (phone.serial, bob)
    (spare,) = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert spare["SerialNumber"].endswith("/spare")
    (own,) = iam.list_mfa_devices(UserName=bob)["MFADevices"]
    assert own == {"UserName": bob, "SerialNumber": phone.serial, "EnableDate": listed["EnableDate"]}
    got = iam.get_mfa_device(SerialNumber=phone.serial, UserName=bob)
    assert (got["UserName"], got["EnableDate"]) == (bob, listed["EnableDate"])
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["MFADevices"], summary["MFADevicesInUse"]) == (2, 1)


def test_lists_of_devices_are_paged(iam: Any, frozen_clock: CloudClock) -> None:
    serials = [Authenticator(iam, frozen_clock, f"phone-{n}").serial for n in range(3)]
    first = iam.list_virtual_mfa_devices(MaxItems=2)
    rest = iam.list_virtual_mfa_devices(Marker=first["Marker"])
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)
    assert [each["SerialNumber"] for each in first["VirtualMFADevices"] + rest["VirtualMFADevices"]] == serials


def test_a_code_is_good_around_its_time_and_once(
    iam: Any, bob: str, phone: Authenticator, frozen_clock: CloudClock, verify: Callable[..., bool]
) -> None:
    iam.enable_mfa_device(UserName=bob, SerialNumber=phone.serial, **phone.pair(-1))
    assert not verify(bob, phone.serial, phone.code())  # spent by enabling
    frozen_clock.advance(300)
    assert not verify(bob, phone.serial, phone.code(-2))
    assert not verify(bob, phone.serial, phone.code(2))
    assert not verify(bob, phone.serial, "")
    assert verify(bob, phone.serial, phone.code(-1))
    assert verify(bob, phone.serial, phone.code())
    assert not verify(bob, phone.serial, phone.code())


def test_nobody_elses_code_is_good(iam: Any, bob: str, phone: Authenticator, verify: Callable[..., bool]) -> None:
    iam.create_user(UserName="eve")
    assert not verify(bob, phone.serial, phone.code())  # not enabled yet
    iam.enable_mfa_device(UserName=bob, SerialNumber=phone.serial, **phone.pair(-2))
    assert not verify("eve", phone.serial, phone.code())
    assert not verify("nobody", phone.serial, phone.code())
    assert not verify(bob, phone.serial + "x", phone.code())
    assert verify("BOB", phone.serial, phone.code())
    iam.deactivate_mfa_device(UserName=bob, SerialNumber=phone.serial)
    assert not verify(bob, phone.serial, phone.code(1))


def test_a_phone_with_a_wrong_clock_is_met_half_way_and_resynchronised(
    iam: Any, bob: str, phone: Authenticator, frozen_clock: CloudClock, verify: Callable[..., bool]
) -> None:
    phone.ahead_s = 120
    iam.enable_mfa_device(UserName=bob, SerialNumber=phone.serial, **phone.pair(-1))
    frozen_clock.advance(60)
    assert verify(bob, phone.serial, phone.code())
    phone.ahead_s = -240
    frozen_clock.advance(600)
    assert not verify(bob, phone.serial, phone.code())
    with refused(*WRONG_CODE):
        iam.resync_mfa_device(
            UserName=bob, SerialNumber=phone.serial, AuthenticationCode1=phone.code(), AuthenticationCode2=phone.code()
        )
    iam.resync_mfa_device(UserName=bob, SerialNumber=phone.serial, **phone.pair(-1))
    frozen_clock.advance(30)
    assert verify(bob, phone.serial, phone.code())


def test_tags_of_a_device(iam: Any, phone: Authenticator) -> None:
    iam.tag_mfa_device(SerialNumber=phone.serial, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_mfa_device(SerialNumber=phone.serial, TagKeys=["a"])
    assert iam.list_mfa_device_tags(SerialNumber=phone.serial)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_the_directory_shows_a_device_without_its_seed(cloud: RunningCloud, account: str, phone: Authenticator) -> None:
    found = cloud.look(lambda c: c.directory.find(phone.serial))
    assert found is not None and found.type == "AWS::IAM::VirtualMFADevice"
    assert phone.seed.decode() not in str(found)
    assert phone.serial in cloud.look(lambda c: [each.arn for each in c.directory.all(account)])


def test_verification_cannot_be_called_over_the_wire(aws: boto3.Session) -> None:
    assert not hasattr(aws.client("iam"), "verify_mfa")


def test_a_user_may_make_the_device_of_their_name(
    iam: Any, account: str, frozen_clock: CloudClock, sign_in: Callable[..., boto3.Session]
) -> None:
    """As in AWS's policy for users who manage their own MFA device."""
    bob = sign_in("bob").client("iam")
    me, action = f"arn:aws:iam::{account}:user/bob", "iam:CreateVirtualMFADevice"
    iam.put_user_policy(
        UserName="bob",
        PolicyName="own",
        PolicyDocument=policy(
            statement(action, "arn:aws:iam::*:mfa/${aws:username}"),
            statement(["iam:EnableMFADevice", "iam:ListMFADevices"], "arn:aws:iam::*:user/${aws:username}"),
        ),
    )
    with refused("AccessDenied", denied(me, action, f"arn:aws:iam::{account}:mfa/eve"), 403):
        bob.create_virtual_mfa_device(VirtualMFADeviceName="eve")
    phone = Authenticator(bob, frozen_clock, "bob")
    bob.enable_mfa_device(UserName="bob", SerialNumber=phone.serial, **phone.pair())
    assert [each["SerialNumber"] for each in bob.list_mfa_devices()["MFADevices"]] == [phone.serial]
