"""Who may execute which statements: by action, table, index, key, attributes, and whether they scan."""

import json
from contextlib import contextmanager

import pytest
from botocore.config import Config

from tests.services.dynamodb.item_calls import arn_of, fill, get, make_table, put, refused
from tests.services.dynamodb.partiql_calls import MALFORMED, batch, part, rows, run, transact

ALL = ["dynamodb:PartiQLSelect", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"]
OWN = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine"]}}


@pytest.fixture
def table(ddb):
    make_table(ddb, "pk:S", "sk:N", gsi={"by-v": ("v:S",)})
    fill(ddb, [{"pk": pk, "sk": 1, "v": "x", "secret": "s"} for pk in ("mine", "yours")])
    return "table"


@pytest.fixture
def user(cloud, aws, account, table):
    """`user(statement, …)` is a client of a new user who may do just that."""

    def make(*statements):
        iam = aws.client("iam")
        iam.create_user(UserName="ann")
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        session = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"])
        return session.client("dynamodb", config=Config(parameter_validation=False))

    return make


@pytest.fixture
def denied(account):
    @contextmanager
    def check(action, resource="table", explicitly=False):
        arn = arn_of(account, resource)
        why = (
            "with an explicit deny in an identity-based policy"
            if explicitly
            else f"because no identity-based policy allows the dynamodb:{action} action"
        )
        message = (
            f"User: arn:aws:iam::{account}:user/ann is not authorized to perform: dynamodb:{action} on resource: {arn} "
            f"{why}"
        )
        with refused("AccessDeniedException", message):
            yield

    return check


def allow(account, actions, resource="table", **condition):
    return {"Effect": "Allow", "Action": actions, "Resource": arn_of(account, resource), **condition}


STATEMENTS = {
    "PartiQLSelect": "SELECT * FROM \"table\" WHERE pk = '{}' AND sk = 1",
    "PartiQLInsert": "INSERT INTO \"table\" VALUE {{'pk': '{}', 'sk': 2}}",
    "PartiQLUpdate": "UPDATE \"table\" SET v = 'y' WHERE pk = '{}' AND sk = 1",
    "PartiQLDelete": "DELETE FROM \"table\" WHERE pk = '{}' AND sk = 1",
}


@pytest.mark.parametrize("action", STATEMENTS)
def test_each_statement_has_an_action_of_its_own(account, user, denied, action):
    ann = user(allow(account, [f"dynamodb:{action}"]))
    for other, text in STATEMENTS.items():
        if other == action:
            run(ann, text.format("mine"))
        else:
            with denied(other):
                run(ann, text.format("mine"))


def test_other_actions_on_the_table_do_not_cover_statements(account, user, denied):
    ann = user(allow(account, ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]))
    with denied("PartiQLSelect"):
        rows(ann, 'SELECT * FROM "table"')


def test_an_index_is_a_resource_of_its_own(account, user, denied):
    ann = user(allow(account, ALL, "table/index/by-v"))
    assert len(rows(ann, 'SELECT * FROM "table"."by-v" WHERE v = \'x\'')) == 2
    with denied("PartiQLSelect"):
        rows(ann, 'SELECT * FROM "table"')
    with denied("PartiQLSelect", "table/index/other"):
        rows(ann, 'SELECT * FROM "table"."other"')


@pytest.mark.parametrize("action", STATEMENTS)
def test_who_may_touch_own_items_touches_no_others(account, ddb, user, denied, action):
    ann = user(allow(account, ALL, Condition=OWN))
    run(ann, STATEMENTS[action].format("mine"))
    before = get(ddb, pk="yours", sk=1), get(ddb, pk="yours", sk=2)
    with denied(action):
        run(ann, STATEMENTS[action].format("yours"))
    assert (get(ddb, pk="yours", sk=1), get(ddb, pk="yours", sk=2)) == before


@pytest.mark.parametrize(
    ("where", "action"),
    [
        ("SELECT * FROM \"table\" WHERE pk IN ['mine', 'yours']", "PartiQLSelect"),
        ("SELECT * FROM \"table\" WHERE pk = 'mine' OR pk = 'yours'", "PartiQLSelect"),
        ("SELECT * FROM \"table\" WHERE pk IN ['mine'] AND pk = 'yours'", "PartiQLSelect"),
        ("UPDATE \"table\" SET v = 'y' WHERE pk IN ['mine'] AND pk = 'yours' AND sk = 1", "PartiQLUpdate"),
        ("DELETE FROM \"table\" WHERE pk = 'mine' AND pk = 'yours' AND sk = 1", "PartiQLDelete"),
    ],
)
def test_every_key_a_statement_names_counts(account, user, denied, where, action):
    ann = user(allow(account, ALL, Condition=OWN))
    with denied(action):
        run(ann, where)


def test_parameters_count_as_keys_too(account, user, denied):
    ann = user(allow(account, ALL, Condition=OWN))
    text = 'SELECT * FROM "table" WHERE pk = ?'
    assert len(rows(ann, text, "mine")) == 1
    with denied("PartiQLSelect"):
        rows(ann, text, "yours")


def test_scans_can_be_denied(account, user, denied):
    scans = {"Bool": {"dynamodb:FullTableScan": ["true"]}}
    ann = user(
        allow(account, ALL),
        {"Effect": "Deny", "Action": "dynamodb:PartiQLSelect", "Resource": arn_of(account), "Condition": scans},
    )
    assert len(rows(ann, "SELECT * FROM \"table\" WHERE pk IN ['mine', 'yours'] AND v = 'x'")) == 2
    for condition in ("", "WHERE v = 'x'", "WHERE pk > 'a'", "WHERE pk = 'mine' OR v = 'x'"):
        with denied("PartiQLSelect", explicitly=True):
            rows(ann, f'SELECT * FROM "table" {condition}')


def test_attributes_can_be_withheld(account, user, denied):
    shown = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "v"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    ann = user(allow(account, ALL, Condition=shown))
    assert rows(ann, "SELECT v FROM \"table\" WHERE pk = 'mine'") == [{"v": "x"}]
    for text, action in (
        ("SELECT * FROM \"table\" WHERE pk = 'mine'", "PartiQLSelect"),
        ("SELECT secret FROM \"table\" WHERE pk = 'mine'", "PartiQLSelect"),
        ("SELECT v FROM \"table\" WHERE pk = 'mine' AND secret = 's'", "PartiQLSelect"),
        ("UPDATE \"table\" SET secret = 't' WHERE pk = 'mine' AND sk = 1", "PartiQLUpdate"),
        ("UPDATE \"table\" SET v = secret WHERE pk = 'mine' AND sk = 1", "PartiQLUpdate"),
        ("INSERT INTO \"table\" VALUE {'pk': 'mine', 'sk': 2, 'secret': 't'}", "PartiQLInsert"),
        ("DELETE FROM \"table\" WHERE pk = 'mine' AND sk = 1 AND secret = 's'", "PartiQLDelete"),
    ):
        with denied(action):
            run(ann, text)
    run(ann, "UPDATE \"table\" SET v = 'y' WHERE pk = 'mine' AND sk = 1")


def test_returned_items_can_be_withheld(account, user, denied):
    quiet = {"StringEquals": {"dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]}}
    ann = user(allow(account, ALL, Condition=quiet))
    update = "UPDATE \"table\" SET v = 'y' WHERE pk = 'mine' AND sk = 1"
    run(ann, update)
    run(ann, f"{update} RETURNING MODIFIED NEW *")
    with denied("PartiQLUpdate"):
        run(ann, f"{update} RETURNING ALL OLD *")


def test_transactions_can_be_demanded_or_denied(account, user, denied):
    enclosed = {"StringEquals": {"dynamodb:EnclosingOperation": ["ExecuteTransaction"]}}
    ann = user(allow(account, ALL, Condition=enclosed))
    select = "SELECT * FROM \"table\" WHERE pk = 'mine' AND sk = 1"
    assert transact(ann, part(select))["Responses"][0]["Item"]
    for call in (run, batch):
        with denied("PartiQLSelect"):
            call(ann, select if call is run else part(select))


def test_each_statement_of_a_batch_or_a_transaction_is_asked_for(account, ddb, user, denied):
    make_table(ddb, "pk:S", name="other")
    put(ddb, "other", pk="mine")
    ann = user(allow(account, ALL, Condition=OWN))
    select = 'SELECT * FROM "table" WHERE pk = ? AND sk = 1'
    assert "Item" in batch(ann, part(select, "mine"), part("nonsense"))[0]
    for call in (batch, transact):
        with denied("PartiQLSelect"):
            call(ann, part(select, "mine"), part(select, "yours"))
        with denied("PartiQLSelect", "other"):
            call(ann, part(select, "mine"), part("SELECT * FROM other WHERE pk = 'mine'"))
    exists = "EXISTS(SELECT * FROM \"table\" WHERE pk IN ['mine'] AND pk = 'yours' AND sk = 1)"
    with denied("PartiQLSelect"):
        transact(ann, part(exists, ReturnValuesOnConditionCheckFailure="ALL_OLD"))


def test_what_is_no_statement_is_refused_for_that(user, account):
    ann = user(allow(account, ["dynamodb:ListTables"]))
    with refused("ValidationException", MALFORMED + "Unexpected term"):
        run(ann, "nonsense")
