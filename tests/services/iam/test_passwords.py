"""Login profiles, ChangePassword and the account's password policy."""

import pytest

from tests.services.iam.iam_calls import ADMIN, policy, refused, statement

GOOD, BETTER = "Corr3ct-horse", "Batt3ry-staple"


@pytest.fixture
def bob(iam):
    iam.create_user(UserName="bob")
    return "bob"


@pytest.fixture
def own(iam, sign_in):
    """Bob's own client; he has a password and may do everything."""
    client = sign_in("bob").client("iam")
    iam.create_login_profile(UserName="bob", Password=GOOD)
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    return client


# wrong input


@pytest.mark.parametrize("text", ["short1A", "alllowercase", "lower-and-sign", "12345678"])
def test_without_a_policy_of_its_own_the_account_has_awss_default(iam, bob, text):
    with refused("PasswordPolicyViolation"):
        iam.create_login_profile(UserName=bob, Password=text)


@pytest.mark.parametrize(
    ("rule", "text", "message"),
    [
        ({"MinimumPasswordLength": 14}, GOOD, "Password should have a minimum length of 14"),
        ({"RequireUppercaseCharacters": True}, "corr3ct-horse", "Password should have at least one uppercase letter"),
        ({"RequireLowercaseCharacters": True}, "CORR3CT-HORSE", "Password should have at least one lowercase letter"),
        ({"RequireNumbers": True}, "Correct-horse", "Password should have at least one number"),
        (
            {"RequireSymbols": True}, "Corr3ctHorse",
            "Password should have at least one of the following symbols: ! @ # $ % ^ & * ( ) _ + - = [ ] { } | '",
        ),
    ],
)  # fmt: skip
def test_the_accounts_policy_is_asked(iam, bob, rule, text, message):
    iam.update_account_password_policy(**rule)
    with refused("PasswordPolicyViolation", message):
        iam.create_login_profile(UserName=bob, Password=text)
    iam.create_login_profile(UserName=bob, Password="A-very-l0ng-passw0rd")
    with refused("PasswordPolicyViolation", message):
        iam.update_login_profile(UserName=bob, Password=text)


@pytest.mark.parametrize(
    "rule", [{"MinimumPasswordLength": 5}, {"MinimumPasswordLength": 129}, {"MaxPasswordAge": 1096},
             {"PasswordReusePrevention": 25}],
)  # fmt: skip
def test_a_policy_keeps_within_bounds(iam, rule):
    with refused("ValidationError"):
        iam.update_account_password_policy(**rule)


# wrong state


def test_a_user_has_one_login_profile(iam, bob):
    with refused("NoSuchEntity", "Login Profile for User bob cannot be found."):
        iam.get_login_profile(UserName=bob)
    with refused("NoSuchEntity", "Login Profile for User bob cannot be found."):
        iam.update_login_profile(UserName=bob, Password=GOOD)
    with refused("NoSuchEntity", "Login Profile for User bob cannot be found."):
        iam.delete_login_profile(UserName=bob)
    iam.create_login_profile(UserName=bob, Password=GOOD)
    with refused("EntityAlreadyExists", "Login Profile for user bob already exists."):
        iam.create_login_profile(UserName=bob, Password=GOOD)


def test_only_users_change_their_password(iam):
    with refused("InvalidUserType", "Only IAM Users can change their own password."):
        iam.change_password(OldPassword=GOOD, NewPassword=BETTER)


def test_changing_a_password_takes_the_old_one(own):
    with refused("AccessDenied", "The old password was incorrect."):
        own.change_password(OldPassword="Wr0ng-horse", NewPassword=BETTER)


def test_an_account_without_a_password_policy_has_none_to_show(iam, account):
    for call in (iam.get_account_password_policy, iam.delete_account_password_policy):
        with refused("NoSuchEntity", f"The Password Policy with domain name {account} cannot be found."):
            call()


# behaviour


def test_a_login_profile_is_shown_without_its_password(iam, bob):
    made = iam.create_login_profile(UserName=bob, Password=GOOD, PasswordResetRequired=True)["LoginProfile"]
    assert made.keys() == {"UserName", "CreateDate", "PasswordResetRequired"}
    assert iam.get_login_profile(UserName=bob)["LoginProfile"] == made
    iam.update_login_profile(UserName=bob, PasswordResetRequired=False)
    assert iam.get_login_profile(UserName=bob)["LoginProfile"]["PasswordResetRequired"] is False


def test_passwords_are_not_kept_in_the_clear(iam, bob, cloud):
    iam.create_login_profile(UserName=bob, Password=GOOD)
    iam.update_login_profile(UserName=bob, Password=BETTER)
    rows = cloud.look(lambda inside: inside.store.all("SELECT record FROM iam_login_profiles"))
    assert rows
    assert not any(text.encode() in row[0] for row in rows for text in (GOOD, BETTER))


def test_a_user_changes_their_own_password(own):
    own.change_password(OldPassword=GOOD, NewPassword=BETTER)
    with refused("AccessDenied", "The old password was incorrect."):
        own.change_password(OldPassword=GOOD, NewPassword=BETTER)
    own.change_password(OldPassword=BETTER, NewPassword=GOOD)


def test_the_last_passwords_cannot_be_used_again(iam, own):
    iam.update_account_password_policy(PasswordReusePrevention=2)
    own.change_password(OldPassword=GOOD, NewPassword=BETTER)
    for old in (GOOD, BETTER):
        with refused(
            "PasswordPolicyViolation",
            "Policy constraint violation with password reuse prevention during password change.",
        ):
            own.change_password(OldPassword=BETTER, NewPassword=old)
    own.change_password(OldPassword=BETTER, NewPassword="An0ther-horse")
    own.change_password(OldPassword="An0ther-horse", NewPassword=GOOD)


def test_changing_ones_password_takes_permission_unless_the_policy_gives_it_to_all(iam, sign_in, account):
    own = sign_in("bob").client("iam")
    iam.create_login_profile(UserName="bob", Password=GOOD)
    with refused("AccessDenied"):
        own.change_password(OldPassword=GOOD, NewPassword=BETTER)
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    own.change_password(OldPassword=GOOD, NewPassword=BETTER)
    iam.delete_account_password_policy()
    own_user = f"arn:aws:iam::{account}:user/${{aws:username}}"
    document = policy(statement("iam:ChangePassword", own_user))
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document)
    own.change_password(OldPassword=BETTER, NewPassword=GOOD)


def test_what_an_update_leaves_out_goes_back_to_its_default(iam):
    iam.update_account_password_policy(MinimumPasswordLength=20, RequireNumbers=True, MaxPasswordAge=90)
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 20, "RequireSymbols": False, "RequireNumbers": True,
        "RequireUppercaseCharacters": False, "RequireLowercaseCharacters": False, "AllowUsersToChangePassword": False,
        "ExpirePasswords": True, "MaxPasswordAge": 90,
    }  # fmt: skip
    iam.update_account_password_policy(PasswordReusePrevention=5, HardExpiry=True)
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 6, "RequireSymbols": False, "RequireNumbers": False,
        "RequireUppercaseCharacters": False, "RequireLowercaseCharacters": False, "AllowUsersToChangePassword": False,
        "ExpirePasswords": False, "PasswordReusePrevention": 5, "HardExpiry": True,
    }  # fmt: skip
