"""GetParameter(s), by path, history, labels, DescribeParameters, public parameters."""

from __future__ import annotations

import pytest

from tests.services.calls import refused
from tests.services.ssm.ssm_calls import names

BAD_PATH = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "
    '"/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or '
    "the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, "
    'if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.'
)
LINUX = "/aws/service/ami-amazon-linux-latest"


@pytest.fixture
def tree(put):
    for name in ("/app/db/host", "/app/db/port", "/app/name", "/application/x", "root"):
        put(name, name.upper())


# wrong input


def test_names_that_can_be_none(ssm):
    for name in ("a/b", "ssm-x", "{x}", "x:", "x:1:2", "arn:aws:sqs:us-east-1:123456789012:q"):
        with refused("ValidationException"):
            ssm.get_parameter(Name=name)
    with refused("ValidationException"):
        ssm.get_parameters(Names=[])


def test_paths_that_can_be_none(ssm):
    for path in ("app", "/a//b", "/ssm", ""):
        with refused("ValidationException", BAD_PATH if path else None):
            ssm.get_parameters_by_path(Path=path)


def test_filters_that_can_be_none(ssm):
    def described(**one):
        return ssm.describe_parameters(ParameterFilters=[one])

    with refused("InvalidFilterKey", "The following filter key is not valid: Label. Valid filter keys include: "
                 "[Path, Name, Type, KeyId, Tier, DataType]."):  # fmt: skip
        described(Key="Label", Values=["x"])
    with refused("InvalidFilterOption", "The following filter option is not valid: Contains. Valid options include: "
                 "[BeginsWith, Equals]."):  # fmt: skip
        described(Key="Type", Option="Contains", Values=["x"])
    with refused("InvalidFilterOption", "The following filter value is not valid: Text. Valid values include: "
                 "[String, StringList, SecureString]."):  # fmt: skip
        described(Key="Type", Values=["Text"])
    with refused("InvalidFilterValue", "The following filter values are missing : null for filter key Name."):
        described(Key="Name")
    with refused("ValidationException"):
        described(Key="Colour", Values=["x"])
    with refused("InvalidFilterKey"):
        ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["x"]}] * 2)
    with refused("ValidationException", "You can use either Filters or ParameterFilters in a single request."):
        ssm.describe_parameters(
            Filters=[{"Key": "Name", "Values": ["x"]}], ParameterFilters=[{"Key": "Name", "Values": ["x"]}]
        )
    with refused("InvalidFilterKey"):
        ssm.get_parameters_by_path(Path="/", ParameterFilters=[{"Key": "Name", "Values": ["x"]}])
    with refused("InvalidNextToken"):
        ssm.describe_parameters(NextToken="x")
    with refused("NotImplemented", status=501):
        ssm.describe_parameters(Shared=True)


# wrong state


def test_what_is_not_there_has_no_message(ssm, put):
    put("x")
    for name in ("y", "arn:aws:ssm:us-east-1:123456789012:parameter/x", f"{LINUX}/nothing"):
        if name.startswith("arn"):
            continue  # another account's is refused: test_ssm_permissions
        with refused("ParameterNotFound", ""):
            ssm.get_parameter(Name=name)
    with refused("ParameterNotFound", ""):
        ssm.get_parameter_history(Name="y")
    message = "Systems Manager could not find version 2 of x. Verify the version and try again."
    with refused("ParameterVersionNotFound", message):
        ssm.get_parameter(Name="x:2")
    with refused("ParameterVersionNotFound", "Systems Manager could not find version blue of x. Verify the version and "
                 "try again."):  # fmt: skip
        ssm.get_parameter(Name="x:blue")
    with refused("ParameterVersionNotFound", message):
        ssm.label_parameter_version(Name="x", ParameterVersion=2, Labels=["a"])


# behaviour


def test_a_parameter_is_read_by_name_version_label_and_arn(ssm, put, account):
    put("/a/b", "one")
    put("/a/b", "two", Overwrite=True)
    ssm.label_parameter_version(Name="/a/b", ParameterVersion=1, Labels=["blue"])
    arn = f"arn:aws:ssm:us-east-1:{account}:parameter/a/b"
    for name, value, selector in (
        ("/a/b", "two", None), ("/a/b:1", "one", ":1"), ("/a/b:blue", "one", ":blue"), (arn, "two", None),
        (f"{arn}:1", "one", ":1"),
    ):  # fmt: skip
        found = ssm.get_parameter(Name=name)["Parameter"]
        assert (found["Name"], found["Value"], found.get("Selector"), found["ARN"]) == ("/a/b", value, selector, arn)


def test_several_at_once_with_those_that_are_not_there(ssm, put):
    put("x")
    answer = ssm.get_parameters(Names=["x", "y", "x:9", "x"])
    assert (names(answer), answer["InvalidParameters"]) == (["x"], ["y", "x:9"])


def test_by_path(ssm, tree):
    by_path = ssm.get_parameters_by_path
    assert names(by_path(Path="/app")) == ["/app/name"]
    assert names(by_path(Path="/app/", Recursive=True)) == ["/app/db/host", "/app/db/port", "/app/name"]
    assert names(by_path(Path="/")) == ["root"]
    assert len(names(by_path(Path="/", Recursive=True))) == 5
    assert names(by_path(Path="/nothing")) == []


def test_by_path_in_pages(ssm, put):
    for number in range(25):
        put(f"/p/{number:02}")
    first = ssm.get_parameters_by_path(Path="/p")
    assert names(first) == [f"/p/{number:02}" for number in range(10)]
    pages = list(ssm.get_paginator("get_parameters_by_path").paginate(Path="/p", Recursive=True, MaxResults=7))
    assert [len(names(page)) for page in pages] == [7, 7, 7, 4]
    assert [name for page in pages for name in names(page)] == [f"/p/{number:02}" for number in range(25)]


def test_by_path_with_filters(ssm, put):
    put("/p/a", "1")
    put("/p/a", "2", Overwrite=True)
    put("/p/b", Type="StringList")
    ssm.label_parameter_version(Name="/p/a", ParameterVersion=1, Labels=["blue"])

    def found(key, option, value):
        answer = ssm.get_parameters_by_path(
            Path="/p", ParameterFilters=[{"Key": key, "Option": option, "Values": [value]}]
        )
        return [(one["Name"], one["Version"]) for one in answer["Parameters"]]

    assert found("Label", "Equals", "blue") == [("/p/a", 1)]
    assert found("Type", "Equals", "StringList") == [("/p/b", 1)]
    assert found("Type", "BeginsWith", "String") == [("/p/a", 2), ("/p/b", 1)]


def test_history(ssm, put, account):
    put("x", "1", Description="d")
    put("x", "2", Overwrite=True)
    ssm.label_parameter_version(Name="x", Labels=["blue"])
    one, two = ssm.get_parameter_history(Name="x")["Parameters"]
    assert (one["Value"], one["Version"], one["Labels"]) == ("1", 1, [])
    assert (two["Value"], two["Version"], two["Labels"], two["Tier"]) == ("2", 2, ["blue"], "Standard")
    assert two["LastModifiedUser"] == f"arn:aws:iam::{account}:root"
    pages = list(ssm.get_paginator("get_parameter_history").paginate(Name="x", MaxResults=1))
    assert [page["Parameters"][0]["Version"] for page in pages] == [1, 2]


def test_labels_move_and_bad_ones_are_listed(ssm, put):
    put("x")
    put("x", Overwrite=True)
    answer = ssm.label_parameter_version(Name="x", ParameterVersion=1, Labels=["a", "1a", "aws-x", "SSMx", "b c"])
    assert (answer["ParameterVersion"], answer["InvalidLabels"]) == (1, ["1a", "aws-x", "SSMx", "b c"])
    assert ssm.label_parameter_version(Name="x", Labels=["a"])["ParameterVersion"] == 2
    one, two = ssm.get_parameter_history(Name="x")["Parameters"]
    assert (one["Labels"], two["Labels"]) == ([], ["a"])
    answer = ssm.unlabel_parameter_version(Name="x", ParameterVersion=2, Labels=["a", "z"])
    assert (answer["RemovedLabels"], answer["InvalidLabels"]) == (["a"], ["z"])


def test_a_version_has_at_most_ten_labels(ssm, put):
    put("x")
    ssm.label_parameter_version(Name="x", Labels=[f"l{n}" for n in range(10)])
    message = "A parameter version can have maximum 10 labels.Move one or more labels to another version and try again."
    with refused("ParameterVersionLabelLimitExceeded", message):
        ssm.label_parameter_version(Name="x", Labels=["more"])


def test_describing_with_filters(ssm, put, tree):
    put("/app/tagged", Tags=[{"Key": "team", "Value": "blue"}], Tier="Advanced", DataType="text")

    def found(key, option=None, *values):
        one = {"Key": key, "Values": list(values), "Option": option}
        one = {name: value for name, value in one.items() if value}
        return names(ssm.describe_parameters(ParameterFilters=[one]))

    assert found("Name", None, "root") == ["root"]
    assert found("Name", "BeginsWith", "/app/") == ["/app/db/host", "/app/db/port", "/app/name", "/app/tagged"]
    assert found("Name", "Contains", "db") == ["/app/db/host", "/app/db/port"]
    assert found("Path", "Recursive", "/app/db") == ["/app/db/host", "/app/db/port"]
    assert found("Path", None, "/app") == ["/app/name", "/app/tagged"]
    assert found("Tier", None, "Advanced") == ["/app/tagged"]
    assert found("tag:team", None, "blue", "green") == ["/app/tagged"]
    assert found("tag:team") == ["/app/tagged"]
    assert found("tag:team", None, "red") == []
    assert len(names(ssm.describe_parameters(Filters=[{"Key": "Name", "Values": ["/app"]}]))) == 5


def test_describing_in_pages_without_values(ssm, tree):
    pages = list(ssm.get_paginator("describe_parameters").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Parameters"]) for page in pages] == [2, 2, 1]
    shown = pages[0]["Parameters"][0]
    assert "Value" not in shown and shown["ARN"].endswith(":parameter/app/db/host")


def test_public_parameters_are_the_same_for_all(ssm, aws, cloud):
    name = f"{LINUX}/amzn2-ami-hvm-x86_64-gp2"
    found = ssm.get_parameter(Name=name)["Parameter"]
    assert found["ARN"] == f"arn:aws:ssm:us-east-1::parameter{name}"
    assert found["Value"].startswith("ami-") and len(found["Value"]) == 21
    other = cloud.session().client("ssm")
    assert other.get_parameter(Name=name)["Parameter"]["Value"] == found["Value"]
    elsewhere = aws.client("ssm", region_name="eu-west-1")
    assert elsewhere.get_parameter(Name=name)["Parameter"]["Value"] != found["Value"]
    recommended = ssm.get_parameters(Names=["/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id"])
    assert recommended["Parameters"][0]["Value"].startswith("ami-")


def test_public_parameters_by_path(ssm):
    paginator = ssm.get_paginator("get_parameters_by_path")
    listed = [name for page in paginator.paginate(Path=LINUX) for name in names(page)]
    assert f"{LINUX}/al2023-ami-kernel-default-arm64" in listed and len(listed) == len(set(listed)) > 10
    path = "/aws/service/global-infrastructure/regions"
    regions = [one["Value"] for page in paginator.paginate(Path=path) for one in page["Parameters"]]
    assert "eu-west-1" in regions
    assert ssm.get_parameter(Name=f"{path}/eu-west-1/longName")["Parameter"]["Value"] == "Europe (Ireland)"
    assert names(ssm.get_parameters_by_path(Path="/", Recursive=True)) == []


def test_parameters_of_accounts_and_regions_are_apart(cloud, aws, ssm, put):
    put("x")
    with refused("ParameterNotFound"):
        aws.client("ssm", region_name="eu-west-1").get_parameter(Name="x")
    with refused("ParameterNotFound"):
        cloud.session().client("ssm").get_parameter(Name="x")


def test_the_statements_have_indexes(cloud):
    def plans(running):
        store = running.registry.get("ssm").service.store
        place = "account = 'a' AND region = 'r'"
        return [
            store.db.plan(f"SELECT record FROM ssm_parameters WHERE {place} AND (path) > ('/') ORDER BY path LIMIT 9"),
            store.db.plan(
                f"SELECT record FROM ssm_parameters WHERE {place} AND parent = '/' AND (path) > ('') ORDER BY path"
            ),
            store.db.plan("SELECT account FROM ssm_parameters WHERE due_at <= 1 ORDER BY due_at LIMIT 9"),
            store.db.plan(f"SELECT record FROM ssm_versions WHERE {place} AND path = 'p' AND (number) > (1)"),
            store.db.plan(f"SELECT count(*) FROM ssm_parameters WHERE {place} AND tier = 'Standard'"),
        ]

    for plan in cloud.look(plans):
        assert plan.startswith("SEARCH") and "TEMP B-TREE" not in plan, plan
