"""Server certificates, signing certificates and SSH public keys."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.services.iam.credential_calls import (
    Authority,
    pem_public,
    private_pem,
    refused,
    rsa_key,
    ssh_public,
)
from tests.services.iam.iam_calls import denied, policy, statement

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import CloudClock, RunningCloud

NOT_PEM = "Unable to parse certificate. Please ensure the certificate is in PEM format."
BAD_CHAIN = (
    "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, "
    "followed by any intermediaries in order. The index within the chain of the invalid certificate is: {}"
)
DAY_SECONDS = 86_400


@pytest.fixture
def now(frozen_clock: CloudClock) -> float:
    return frozen_clock.now()


@pytest.fixture
def upload(iam: Any) -> Callable[..., Any]:
    """`upload(authority, "name")` as a server certificate."""

    def send(authority: Authority, name: str = "web", **more: Any) -> Any:
        given = {"CertificateBody": authority.pem, "PrivateKey": authority.key_pem, **more}
        return iam.upload_server_certificate(ServerCertificateName=name, **given)

    return send


# wrong input: server certificates


def test_a_certificate_that_is_no_pem_is_malformed(upload: Any, now: float) -> None:
    web = Authority("web", now)
    for body in ("certificate", web.pem.replace("BEGIN", "START"), web.pem + web.pem, "text\n" + web.pem):
        with refused("MalformedCertificate", NOT_PEM):
            upload(web, CertificateBody=body)


def test_a_private_key_that_is_no_plain_pem_is_malformed(upload: Any, now: float) -> None:
    message = "Unable to parse private key. Please ensure the private key is in PEM format and is not encrypted."
    for key in ("key", pem_public(rsa_key())):
        with refused("MalformedCertificate", message):
            upload(Authority("web", now), PrivateKey=key)


def test_the_private_key_must_be_the_certificates(upload: Any, now: float) -> None:
    for key in (ec.generate_private_key(ec.SECP256R1()), rsa_key()):
        with refused("KeyPairMismatch", "The public key certificate and the private key do not match."):
            upload(Authority("web", now), PrivateKey=private_pem(key))


def test_a_chain_begins_with_the_issuer_and_goes_on_in_order(upload: Any, now: float) -> None:
    root = Authority("root", now)
    middle = Authority("middle", now, issuer=root)
    web = Authority("web", now, issuer=middle)
    with refused("MalformedCertificate", BAD_CHAIN.format(-1)):
        upload(web, CertificateChain=root.pem + middle.pem)
    with refused("MalformedCertificate", BAD_CHAIN.format(0)):
        upload(web, CertificateChain=middle.pem + middle.pem)
    upload(web, CertificateChain=middle.pem + root.pem)


def test_a_chain_is_pem_and_nothing_else(upload: Any, now: float) -> None:
    message = "Unable to parse certificate chain. Please ensure the certificate chain is in PEM format."
    for chain in (
        "chain",
        "-----BEGIN CERTIFICATE-----" * 50_000,
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
    ):
        with refused("MalformedCertificate", message):
            upload(Authority("web", now), CertificateChain=chain)


def test_a_certificate_must_be_valid_by_the_clouds_clock(upload: Any, now: float, frozen_clock: CloudClock) -> None:
    later = Authority("web", now, days=(1, 30))
    message = "Certificate is not yet valid. The 'Not Before' date restriction on the certificate has not passed."
    with refused("MalformedCertificate", message):
        upload(later)
    frozen_clock.advance(2 * DAY_SECONDS)
    upload(later, "first")
    frozen_clock.advance(30 * DAY_SECONDS)
    message = "Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed."
    with refused("MalformedCertificate", message):
        upload(later, "second")


# wrong state: server certificates


def test_a_name_can_be_given_once(iam: Any, upload: Any, now: float) -> None:
    web = Authority("web", now)
    upload(web, "one")
    upload(web, "two")
    with refused("EntityAlreadyExists", "The Server Certificate with name one already exists.", 409):
        upload(web, "one")
    with refused("EntityAlreadyExists", "The Server Certificate with name two already exists.", 409):
        iam.update_server_certificate(ServerCertificateName="one", NewServerCertificateName="two")


def test_a_server_certificate_that_does_not_exist_is_no_such_entity(iam: Any) -> None:
    for call in (
        iam.get_server_certificate,
        iam.update_server_certificate,
        iam.delete_server_certificate,
        iam.list_server_certificate_tags,
    ):
        with refused("NoSuchEntity", "The Server Certificate with name none cannot be found.", 404):
            call(ServerCertificateName="none")


def test_an_account_has_at_most_twenty_server_certificates(upload: Any, now: float) -> None:
    web = Authority("web", now)
    for number in range(20):
        upload(web, f"web-{number}")
    with refused("LimitExceeded", "Cannot exceed quota for ServerCertificatesPerAccount: 20", 409):
        upload(web, "web-20")


# behaviour: server certificates


def test_a_server_certificate_is_shown_without_its_key(iam: Any, account: str, upload: Any, now: float) -> None:
    root = Authority("root", now)
    web = Authority("web", now, issuer=root)
    tags = [{"Key": "for", "Value": "web"}]
    created = upload(web, Path="/cloudfront/", CertificateChain=root.pem, Tags=tags)
    meta = created["ServerCertificateMetadata"]
    assert re.fullmatch("ASCA[A-Z2-7]{17}", meta["ServerCertificateId"])
    assert meta["Arn"] == f"arn:aws:iam::{account}:server-certificate/cloudfront/web"
    assert (meta["Path"], meta["Expiration"], created["Tags"]) == ("/cloudfront/", web.ends_at, tags)
    found = iam.get_server_certificate(ServerCertificateName="web")["ServerCertificate"]
    assert found == {
        "ServerCertificateMetadata": meta,
        "CertificateBody": web.pem,
        "CertificateChain": root.pem,
        "Tags": tags,
    }


def test_an_rsa_certificate_key_in_its_old_form_is_read(iam: Any, now: float) -> None:
    """`BEGIN EC PRIVATE KEY` and `BEGIN RSA PRIVATE KEY` are as good as PKCS #8."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    web = Authority("web", now)
    old = web.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()
    iam.upload_server_certificate(ServerCertificateName="web", CertificateBody=web.pem, PrivateKey=old)


def test_lists_are_by_name_under_a_path_and_paged(iam: Any, upload: Any, now: float) -> None:
    web = Authority("web", now)
    for name, path in (("c", "/a/"), ("a", "/a/b/"), ("b", "/x/")):
        upload(web, name, Path=path)

    def names(**request: Any) -> list[str]:
        answer = iam.list_server_certificates(**request)
        return [each["ServerCertificateName"] for each in answer["ServerCertificateMetadataList"]]

    assert names() == ["a", "b", "c"]
    assert names(PathPrefix="/a/") == ["a", "c"]
    first = iam.list_server_certificates(MaxItems=2)
    assert first["IsTruncated"]
    assert names(Marker=first["Marker"]) == ["c"]


def test_a_renamed_certificate_keeps_its_id(iam: Any, account: str, upload: Any, now: float) -> None:
    created = upload(Authority("web", now), "old")["ServerCertificateMetadata"]
    iam.update_server_certificate(ServerCertificateName="old", NewServerCertificateName="new", NewPath="/n/")
    meta = iam.get_server_certificate(ServerCertificateName="new")["ServerCertificate"]["ServerCertificateMetadata"]
    assert meta["ServerCertificateId"] == created["ServerCertificateId"]
    assert meta["Arn"] == f"arn:aws:iam::{account}:server-certificate/n/new"
    assert len(iam.list_server_certificates()["ServerCertificateMetadataList"]) == 1


def test_a_deleted_server_certificate_is_gone(iam: Any, upload: Any, now: float) -> None:
    upload(Authority("web", now))
    assert iam.get_account_summary()["SummaryMap"]["ServerCertificates"] == 1
    iam.delete_server_certificate(ServerCertificateName="web")
    assert iam.list_server_certificates()["ServerCertificateMetadataList"] == []


def test_tags_of_a_server_certificate(iam: Any, upload: Any, now: float) -> None:
    upload(Authority("web", now))
    iam.tag_server_certificate(
        ServerCertificateName="web", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    )
    iam.untag_server_certificate(ServerCertificateName="web", TagKeys=["a"])
    assert iam.list_server_certificate_tags(ServerCertificateName="web")["Tags"] == [{"Key": "b", "Value": "2"}]


def test_the_directory_knows_a_server_certificate(cloud: RunningCloud, upload: Any, account: str, now: float) -> None:
    arn = upload(Authority("web", now), Path="/p/")["ServerCertificateMetadata"]["Arn"]
    found = cloud.look(lambda c: c.directory.find(arn))
    assert found is not None and (found.type, found.name) == ("AWS::IAM::ServerCertificate", "web")
    assert cloud.look(lambda c: c.directory.find(arn.replace("/p/", "/"))) is None
    assert arn in cloud.look(lambda c: [each.arn for each in c.directory.all(account)])


def test_a_rename_needs_permission_on_both_names(
    iam: Any, account: str, upload: Any, now: float, sign_in: Callable[..., boto3.Session]
) -> None:
    upload(Authority("web", now), "old", Path="/p/")
    old, new = (f"arn:aws:iam::{account}:server-certificate/p/{name}" for name in ("old", "new"))
    action = "iam:UpdateServerCertificate"
    bob = sign_in("bob").client("iam")
    rename = {"ServerCertificateName": "old", "NewServerCertificateName": "new"}
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=policy(statement(action, old)))
    with refused("AccessDenied", denied(f"arn:aws:iam::{account}:user/bob", action, new), 403):
        bob.update_server_certificate(**rename)
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=policy(statement(action, [old, new])))
    bob.update_server_certificate(**rename)


# signing certificates


@pytest.fixture
def bob(iam: Any) -> str:
    iam.create_user(UserName="bob")
    return "bob"


def test_a_signing_certificate_that_is_no_pem_is_malformed(iam: Any, bob: str) -> None:
    with refused("MalformedCertificate", NOT_PEM):
        iam.upload_signing_certificate(UserName=bob, CertificateBody="certificate")


def test_a_signing_certificate_cannot_be_set_expired(iam: Any, bob: str, now: float) -> None:
    body = Authority("bob", now).pem
    uploaded = iam.upload_signing_certificate(UserName=bob, CertificateBody=body)["Certificate"]
    with refused("InvalidInput", "Status Expired cannot be set."):
        iam.update_signing_certificate(UserName=bob, CertificateId=uploaded["CertificateId"], Status="Expired")


def test_a_signing_certificate_belongs_to_one_user_of_the_account(iam: Any, bob: str, now: float) -> None:
    body = Authority("bob", now).pem
    iam.upload_signing_certificate(UserName=bob, CertificateBody=body)
    iam.create_user(UserName="eve")
    for name in (bob, "eve"):
        with refused(
            "DuplicateCertificate", "The same certificate is already associated with an IAM user in the account.", 409
        ):
            iam.upload_signing_certificate(UserName=name, CertificateBody=body)


def test_a_user_has_at_most_two_signing_certificates(iam: Any, bob: str, now: float) -> None:
    for _ in range(2):
        iam.upload_signing_certificate(UserName=bob, CertificateBody=Authority("bob", now).pem)
    with refused("LimitExceeded", "Cannot exceed quota for SigningCertificatesPerUser: 2", 409):
        iam.upload_signing_certificate(UserName=bob, CertificateBody=Authority("bob", now).pem)


def test_a_signing_certificate_of_nobody_is_no_such_entity(iam: Any, bob: str) -> None:
    missing = "A" * 32
    with refused("NoSuchEntity", f"The Certificate with id {missing} cannot be found.", 404):
        iam.delete_signing_certificate(UserName=bob, CertificateId=missing)
    with refused("NoSuchEntity", "The user with name nobody cannot be found.", 404):
        iam.list_signing_certificates(UserName="nobody")


def test_a_signing_certificate_lives_until_it_is_deleted(iam: Any, bob: str, now: float) -> None:
    body = Authority("bob", now).pem
    uploaded = iam.upload_signing_certificate(UserName=bob, CertificateBody=body)["Certificate"]
    assert re.fullmatch("[A-Z0-9]{32}", uploaded["CertificateId"])
    assert (uploaded["UserName"], uploaded["CertificateBody"], uploaded["Status"]) == (bob, body, "Active")
    own = {"UserName": bob, "CertificateId": uploaded["CertificateId"]}
    iam.update_signing_certificate(**own, Status="Inactive")
    assert [each["Status"] for each in iam.list_signing_certificates(UserName=bob)["Certificates"]] == ["Inactive"]
    with refused("DeleteConflict", "Cannot delete entity, must delete signing certificates first.", 409):
        iam.delete_user(UserName=bob)
    iam.delete_signing_certificate(**own)
    assert iam.list_signing_certificates(UserName=bob)["Certificates"] == []
    iam.delete_user(UserName=bob)


def test_a_user_who_names_nobody_means_themselves(iam: Any, now: float, sign_in: Callable[..., boto3.Session]) -> None:
    carol = sign_in("carol").client("iam")
    iam.put_user_policy(UserName="carol", PolicyName="all", PolicyDocument=policy())
    carol.upload_signing_certificate(CertificateBody=Authority("carol", now).pem)
    assert [each["UserName"] for each in carol.list_signing_certificates()["Certificates"]] == ["carol"]


def test_certificates_follow_a_renamed_user(iam: Any, bob: str, now: float) -> None:
    iam.upload_signing_certificate(UserName=bob, CertificateBody=Authority("bob", now).pem)
    iam.update_user(UserName=bob, NewUserName="robert")
    assert [each["UserName"] for each in iam.list_signing_certificates(UserName="robert")["Certificates"]] == ["robert"]


# SSH public keys


@pytest.mark.parametrize("make", [ed25519.Ed25519PrivateKey.generate, lambda: ec.generate_private_key(ec.SECP256R1())])
def test_only_rsa_keys_are_known(iam: Any, bob: str, make: Any) -> None:
    with refused("UnrecognizedPublicKeyEncoding", "The public key encoding is not supported."):
        iam.upload_ssh_public_key(UserName=bob, SSHPublicKeyBody=ssh_public(make()))
    with refused("InvalidPublicKey", "The public key is malformed or otherwise invalid."):
        iam.upload_ssh_public_key(UserName=bob, SSHPublicKeyBody=pem_public(make()))


def test_a_short_or_broken_ssh_key_is_invalid(iam: Any, bob: str) -> None:
    short = rsa.generate_private_key(65537, 1024)
    for body in (ssh_public(short), pem_public(short), "ssh-rsa AAAA", "ssh-rsa !"):
        with refused("InvalidPublicKey", "The public key is malformed or otherwise invalid."):
            iam.upload_ssh_public_key(UserName=bob, SSHPublicKeyBody=body)
    with refused("UnrecognizedPublicKeyEncoding", "The public key encoding is not supported."):
        iam.upload_ssh_public_key(UserName=bob, SSHPublicKeyBody="key")


def test_a_user_can_have_an_ssh_key_once_and_five_of_them(iam: Any, bob: str) -> None:
    iam.upload_ssh_public_key(UserName=bob, SSHPublicKeyBody=ssh_public(rsa_key()))
    with refused("DuplicateSSHPublicKey", "The SSH public key is already associated with the specified IAM user."):
        iam.upload_ssh_public_key(UserName=bob, SSHPublicKeyBody=pem_public(rsa_key()))
    for number in range(1, 5):
        iam.upload_ssh_public_key(UserName=bob, SSHPublicKeyBody=ssh_public(rsa_key(number)))
    with refused("LimitExceeded", "Cannot exceed quota for SSHPublicKeysPerUser: 5", 409):
        iam.upload_ssh_public_key(UserName=bob, SSHPublicKeyBody=ssh_public(rsa_key(5)))


def test_an_ssh_key_that_does_not_exist_is_no_such_entity(iam: Any, bob: str) -> None:
    missing = {"UserName": bob, "SSHPublicKeyId": "APKA" + "A" * 17}
    message = f"The Public Key with id {missing['SSHPublicKeyId']} cannot be found."
    for call, more in (
        (iam.get_ssh_public_key, {"Encoding": "SSH"}),
        (iam.update_ssh_public_key, {"Status": "Active"}),
        (iam.delete_ssh_public_key, {}),
    ):
        with refused("NoSuchEntity", message, 404):
            call(**missing, **more)


def test_an_ssh_key_is_given_in_either_encoding_with_its_fingerprint(iam: Any, bob: str) -> None:
    key = rsa_key()
    uploaded = iam.upload_ssh_public_key(UserName=bob, SSHPublicKeyBody=f"{ssh_public(key)} bob@laptop\n")[
        "SSHPublicKey"
    ]
    wire = base64.b64decode(ssh_public(key).split()[1])
    digest = hashlib.md5(wire).hexdigest()
    assert uploaded["Fingerprint"] == ":".join(digest[at : at + 2] for at in range(0, 32, 2))
    assert re.fullmatch("APKA[A-Z2-7]{17}", uploaded["SSHPublicKeyId"])
    own = {"UserName": bob, "SSHPublicKeyId": uploaded["SSHPublicKeyId"]}
    found = iam.get_ssh_public_key(**own, Encoding="SSH")["SSHPublicKey"]
    assert (found["SSHPublicKeyBody"], found["Status"]) == (ssh_public(key), "Active")
    assert iam.get_ssh_public_key(**own, Encoding="PEM")["SSHPublicKey"]["SSHPublicKeyBody"] == pem_public(key)


def test_an_ssh_key_lives_until_it_is_deleted(iam: Any, bob: str) -> None:
    body = pem_public(rsa_key())
    uploaded = iam.upload_ssh_public_key(UserName=bob, SSHPublicKeyBody=body)["SSHPublicKey"]
    own = {"UserName": bob, "SSHPublicKeyId": uploaded["SSHPublicKeyId"]}
    iam.update_ssh_public_key(**own, Status="Inactive")
    listed = iam.list_ssh_public_keys(UserName=bob)["SSHPublicKeys"]
    assert [(each["SSHPublicKeyId"], each["Status"]) for each in listed] == [(own["SSHPublicKeyId"], "Inactive")]
    with refused("DeleteConflict", "Cannot delete entity, must delete SSH public keys first.", 409):
        iam.delete_user(UserName=bob)
    iam.delete_ssh_public_key(**own)
    assert iam.list_ssh_public_keys(UserName=bob)["SSHPublicKeys"] == []
