"""Identity providers: OpenID Connect and SAML."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.iam.credential_calls import Authority, metadata, refused
from tests.services.iam.iam_calls import denied, policy, statement

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import CloudClock, RunningCloud

URL = "https://token.actions.githubusercontent.com"
THUMBPRINT = "6938fd4d98bab03faadb97b34396831e3780aea1"


@pytest.fixture
def oidc(iam: Any) -> str:
    """The ARN of a provider with a client and a thumbprint."""
    answer = iam.create_open_id_connect_provider(
        Url=URL, ClientIDList=["sts.amazonaws.com"], ThumbprintList=[THUMBPRINT]
    )
    return str(answer["OpenIDConnectProviderArn"])


@pytest.fixture(scope="module")
def document() -> str:
    return metadata(Authority("idp", 1_700_000_000).base64)


# wrong input: OpenID Connect


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "example.com",
        "https://",
        "https://example.com?tenant=1",
        "https://exa mple.com",
        "https://a#b",
    ],
)
def test_an_issuer_must_be_an_https_url_without_query(iam: Any, url: str) -> None:
    with refused("InvalidInput", "Invalid Open ID Connect Provider URL"):
        iam.create_open_id_connect_provider(Url=url)


def test_a_thumbprint_is_forty_hexadecimal_digits(iam: Any) -> None:
    with refused("InvalidInput", f"Invalid thumbprint: {'z' * 40}"):
        iam.create_open_id_connect_provider(Url=URL, ThumbprintList=["z" * 40])


def test_a_provider_has_at_most_five_thumbprints(iam: Any) -> None:
    with refused("InvalidInput", "Thumbprint list must contain at most 5 entries."):
        iam.create_open_id_connect_provider(Url=URL, ThumbprintList=[f"{n:040x}" for n in range(6)])


def test_a_thumbprint_update_needs_a_thumbprint(iam: Any, oidc: str) -> None:
    with refused("InvalidInput", "Thumbprint list must contain at least one entry."):
        iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=oidc, ThumbprintList=[])


def test_a_provider_has_at_most_a_hundred_clients(iam: Any) -> None:
    with refused("LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100", 409):
        iam.create_open_id_connect_provider(Url=URL, ClientIDList=[f"client-{n}" for n in range(101)])


def test_another_kind_of_arn_is_invalid(iam: Any, account: str) -> None:
    arn = f"arn:aws:iam::{account}:role/somebody"
    with refused("InvalidInput", f"Invalid ARN: {arn}"):
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def test_tag_keys_must_differ(iam: Any) -> None:
    with refused("InvalidInput", "Duplicate tag keys found."):
        iam.create_open_id_connect_provider(Url=URL, Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])


# wrong state: OpenID Connect


def test_an_issuer_can_be_registered_once(iam: Any, oidc: str) -> None:
    with refused("EntityAlreadyExists", f"Provider with url {URL} already exists.", 409):
        iam.create_open_id_connect_provider(Url=URL)


def test_a_provider_that_does_not_exist_is_no_such_entity(iam: Any, account: str) -> None:
    arn = f"arn:aws:iam::{account}:oidc-provider/nobody.example.com"
    message = f"OpenIDConnect Provider not found for arn {arn}"
    for call, more in (
        (iam.get_open_id_connect_provider, {}),
        (iam.add_client_id_to_open_id_connect_provider, {"ClientID": "a"}),
        (iam.remove_client_id_from_open_id_connect_provider, {"ClientID": "a"}),
        (iam.update_open_id_connect_provider_thumbprint, {"ThumbprintList": [THUMBPRINT]}),
        (iam.list_open_id_connect_provider_tags, {}),
    ):
        with refused("NoSuchEntity", message, 404):
            call(OpenIDConnectProviderArn=arn, **more)


def test_a_provider_of_another_account_is_not_seen(cloud: RunningCloud, oidc: str) -> None:
    stranger = cloud.new_account()
    action = "iam:GetOpenIDConnectProvider"
    with refused("AccessDenied", denied(f"arn:aws:iam::{stranger}:root", action, oidc, "resource-based policy"), 403):
        cloud.session(stranger).client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=oidc)


# behaviour: OpenID Connect


def test_a_provider_is_shown_without_its_scheme(iam: Any, account: str, frozen_clock: CloudClock) -> None:
    created = iam.create_open_id_connect_provider(
        Url=URL, ClientIDList=["one", "two", "one"], ThumbprintList=[THUMBPRINT], Tags=[{"Key": "for", "Value": "ci"}]
    )
    arn = f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"
    assert (created["OpenIDConnectProviderArn"], created["Tags"]) == (arn, [{"Key": "for", "Value": "ci"}])
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert found["Url"] == "token.actions.githubusercontent.com"
    assert found["ClientIDList"] == ["one", "two"]
    assert found["ThumbprintList"] == [THUMBPRINT]
    assert int(found["CreateDate"].timestamp()) == int(frozen_clock.now())
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": arn}]


def test_an_issuer_may_have_a_path(iam: Any, account: str) -> None:
    url = "https://oidc.eks.eu-central-1.amazonaws.com/id/2B375A5F893E2A5921B4D7E36C0D1D97"
    arn = iam.create_open_id_connect_provider(Url=url)["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{account}:oidc-provider/{url.removeprefix('https://')}"
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ThumbprintList"] == []


def test_clients_come_and_go_and_repeating_oneself_is_no_error(iam: Any, oidc: str) -> None:
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=oidc, ClientID="app")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=oidc)["ClientIDList"] == [
        "sts.amazonaws.com",
        "app",
    ]
    for _ in range(2):
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=oidc, ClientID="app")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=oidc)["ClientIDList"] == ["sts.amazonaws.com"]


def test_a_thumbprint_update_replaces_the_list(iam: Any, oidc: str) -> None:
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=oidc, ThumbprintList=["AB" * 20])
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=oidc)["ThumbprintList"] == ["ab" * 20]


def test_deleting_a_provider_twice_is_no_error(iam: Any, oidc: str) -> None:
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=oidc)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=oidc)
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def test_tags_of_a_provider_are_paged(iam: Any, oidc: str) -> None:
    iam.tag_open_id_connect_provider(
        OpenIDConnectProviderArn=oidc, Tags=[{"Key": k, "Value": k.upper()} for k in ("a", "b", "c")]
    )
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=oidc, TagKeys=["b", "missing"])
    first = iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=oidc, MaxItems=1)
    assert (first["Tags"], first["IsTruncated"]) == ([{"Key": "a", "Value": "A"}], True)
    rest = iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=oidc, Marker=first["Marker"])
    assert (rest["Tags"], rest["IsTruncated"]) == ([{"Key": "c", "Value": "C"}], False)


def test_the_directory_knows_a_provider_and_its_attributes(cloud: RunningCloud, account: str, oidc: str) -> None:
    found = cloud.look(lambda c: c.directory.find(oidc))
    assert found is not None and found.type == "AWS::IAM::OIDCProvider"
    assert found.attributes == {
        "Url": "token.actions.githubusercontent.com",
        "ClientIDList": ("sts.amazonaws.com",),
        "ThumbprintList": (THUMBPRINT,),
    }
    assert oidc in cloud.look(lambda c: [each.arn for each in c.directory.all(account)])


def test_a_user_may_make_only_the_providers_a_policy_names(
    iam: Any, account: str, sign_in: Callable[..., boto3.Session]
) -> None:
    own, other = (f"arn:aws:iam::{account}:oidc-provider/{name}.example.com" for name in ("mine", "other"))
    action = "iam:CreateOpenIDConnectProvider"
    bob = sign_in("bob").client("iam")
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=policy(statement(action, own)))
    assert bob.create_open_id_connect_provider(Url="https://mine.example.com")["OpenIDConnectProviderArn"] == own
    with refused("AccessDenied", denied(f"arn:aws:iam::{account}:user/bob", action, other), 403):
        bob.create_open_id_connect_provider(Url="https://other.example.com")


# wrong input: SAML


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("</md:EntityDescriptor>", ""),
        lambda text: text.replace('entityID="https://idp.example.com/metadata"', ""),
        lambda text: text.replace("IDPSSODescriptor", "SPSSODescriptor"),
        lambda text: text.replace("urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:1.1:protocol"),
        lambda text: text.replace('use="signing"', 'use="encryption"'),
        lambda text: text.replace("<ds:X509Certificate>M", "<ds:X509Certificate>?"),
        lambda text: text.replace("EntityDescriptor", "Something"),
        lambda text: text.replace("<md:EntityDescriptor", '<!DOCTYPE x [<!ENTITY e "e">]><md:EntityDescriptor', 1),
        lambda text: text.replace('entityID="', 'validUntil="soon" entityID="'),
        lambda text: "x" * 1000,
    ],
    ids=[
        "broken", "no entity id", "no idp", "saml 1.1", "no signing key", "no certificate", "no metadata", "doctype",
        "odd validity", "no xml",
    ],
)  # fmt: skip
def test_unusable_metadata_is_invalid_input(iam: Any, document: str, spoil: Any) -> None:
    with refused("InvalidInput", "Could not parse metadata"):
        iam.create_saml_provider(Name="idp", SAMLMetadataDocument=spoil(document))


def test_metadata_has_at_least_a_thousand_characters(aws: boto3.Session) -> None:
    unchecked = aws.client("iam", config=Config(parameter_validation=False))
    with refused(
        "ValidationError",
        "1 validation error detected: Value '<x/>' at 'sAMLMetadataDocument' failed to satisfy constraint: Member must "
        "have length greater than or equal to 1000",
    ):
        unchecked.create_saml_provider(Name="idp", SAMLMetadataDocument="<x/>")


def test_encrypted_assertions_are_said_to_be_missing(iam: Any, document: str) -> None:
    with refused(
        "NotImplemented", "AssertionEncryptionMode of iam's SAML providers is not implemented in cloudchamber", 501
    ):
        iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document, AssertionEncryptionMode="Required")


# wrong state: SAML


def test_a_saml_provider_name_can_be_given_once(iam: Any, document: str) -> None:
    iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document)
    with refused("EntityAlreadyExists", "Provider with name idp already exists.", 409):
        iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document)


def test_a_saml_provider_that_does_not_exist_is_no_such_entity(iam: Any, account: str, document: str) -> None:
    arn = f"arn:aws:iam::{account}:saml-provider/nobody"
    for call, more in (
        (iam.get_saml_provider, {}),
        (iam.delete_saml_provider, {}),
        (iam.update_saml_provider, {"SAMLMetadataDocument": document}),
        (iam.list_saml_provider_tags, {}),
    ):
        with refused("NoSuchEntity", f"Manifest not found for arn {arn}", 404):
            call(SAMLProviderArn=arn, **more)


# behaviour: SAML


def test_metadata_is_given_back_as_it_came_and_stands_for_a_hundred_years(
    iam: Any, account: str, document: str, frozen_clock: CloudClock
) -> None:
    created = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document, Tags=[{"Key": "a", "Value": "b"}])
    arn = f"arn:aws:iam::{account}:saml-provider/idp"
    assert (created["SAMLProviderArn"], created["Tags"]) == (arn, [{"Key": "a", "Value": "b"}])
    found = iam.get_saml_provider(SAMLProviderArn=arn)
    assert found["SAMLMetadataDocument"] == document
    assert re.fullmatch("[A-Z0-9]{22}", found["SAMLProviderUUID"])
    today = datetime.fromtimestamp(frozen_clock.now(), UTC)
    assert found["ValidUntil"].year == today.year + 100
    listed = iam.list_saml_providers()["SAMLProviderList"]
    assert [(each["Arn"], each["ValidUntil"]) for each in listed] == [(arn, found["ValidUntil"])]


def test_metadata_says_itself_how_long_it_is_valid(iam: Any) -> None:
    text = metadata(Authority("idp", 1_700_000_000).base64, extra='validUntil="2031-02-03T04:05:06Z"')
    arn = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=text)["SAMLProviderArn"]
    assert iam.get_saml_provider(SAMLProviderArn=arn)["ValidUntil"] == datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_an_update_replaces_the_metadata_and_a_bad_one_changes_nothing(iam: Any, document: str) -> None:
    arn = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document)["SAMLProviderArn"]
    newer = metadata(Authority("idp", 1_700_000_000).base64, entity_id="urn:newer")
    assert iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=newer)["SAMLProviderArn"] == arn
    with refused("InvalidInput", "Could not parse metadata"):
        iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument="x" * 1000)
    assert iam.get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"] == newer


def test_a_deleted_saml_provider_is_gone(iam: Any, document: str) -> None:
    arn = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document)["SAMLProviderArn"]
    iam.delete_saml_provider(SAMLProviderArn=arn)
    assert iam.list_saml_providers()["SAMLProviderList"] == []


def test_saml_tags_are_added_and_removed(iam: Any, document: str) -> None:
    arn = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document)["SAMLProviderArn"]
    iam.tag_saml_provider(SAMLProviderArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_saml_provider(SAMLProviderArn=arn, TagKeys=["a"])
    assert iam.list_saml_provider_tags(SAMLProviderArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_the_directory_gives_sts_the_metadata(cloud: RunningCloud, iam: Any, document: str) -> None:
    arn = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document)["SAMLProviderArn"]
    found = cloud.look(lambda c: c.directory.find(arn))
    assert found is not None and found.type == "AWS::IAM::SAMLProvider"
    assert found.attributes["SAMLMetadataDocument"] == document


def test_the_account_summary_counts_providers(iam: Any, oidc: str, document: str) -> None:
    iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document)
    assert iam.get_account_summary()["SummaryMap"]["Providers"] == 2
