"""MyTodoList from end to end: two users, each with what is their own; strangers; the cache; the function in between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.blueprints.drilling import Broken, Drill, expect, refused

if TYPE_CHECKING:
    import httpx

DENIED = ("AccessDenied", "AccessDeniedException", "403", "Forbidden")
PASSWORD = "a-good-passw0rd"


@dataclass(slots=True)
class User:
    email: str
    token: str
    identity: str
    credentials: dict[str, str]


class Phone:
    """What the page does, from Python."""

    def __init__(self, drill: Drill) -> None:
        self.drill, self.outputs = drill, drill.outputs
        port = drill.endpoint.rpartition(":")[2]
        self.api_url = f"http://{self.outputs['ApiId']}.execute-api.localhost:{port}/{self.outputs['StageName']}"
        self.page_url = f"http://{self.outputs['WebBucket']}.s3-website.localhost:{port}/"
        self.http = drill.browser()

    def signed_up(self, name: str) -> User:
        email = f"{name}-{self.drill.word()}@example.com"
        pool, client = self.drill.client("cognito-idp"), self.outputs["UserPoolClientId"]
        attributes = [{"Name": "email", "Value": email}]
        pool.sign_up(ClientId=client, Username=email, Password=PASSWORD, UserAttributes=attributes)
        code = re.search(r"code is (\d{6})", self.drill.mail(email)[0]["text"])
        if code is None:
            raise Broken("the mail has no code in it")
        pool.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code[1])
        return self.signed_in(email)

    def signed_in(self, email: str) -> User:
        pool, identities = self.drill.client("cognito-idp"), self.drill.client("cognito-identity")
        tokens = pool.initiate_auth(
            ClientId=self.outputs["UserPoolClientId"], AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]  # fmt: skip
        logins = {f"cognito-idp.{self.drill.region}.amazonaws.com/{self.outputs['UserPoolId']}": tokens["IdToken"]}
        identity = identities.get_id(IdentityPoolId=self.outputs["IdentityPoolId"], Logins=logins)["IdentityId"]
        answer = identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)
        return User(email, tokens["IdToken"], identity, answer["Credentials"])

    def api(self, method: str, path: str, token: str = "", body: Any = None) -> httpx.Response:
        headers = {"Authorization": token} if token else {}
        return self.http.request(method, self.api_url + path, headers=headers, json=body)

    def titles(self, user: User) -> list[str]:
        answer = self.api("GET", "/todos", user.token)
        expect(answer.status_code, 200)
        return [todo["title"] for todo in answer.json()["todos"]]

    def invocations(self) -> int:
        """How often the stage's function was invoked, as CloudWatch counts."""
        found = self.drill.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda", MetricName="Invocations", Period=3600, Statistics=["Sum"],
            Dimensions=[{"Name": "FunctionName", "Value": self.outputs["ApiFunction"]}],
            StartTime=self._hours_ago(24), EndTime=self._hours_ago(-1),
        )["Datapoints"]  # fmt: skip
        return int(sum(point["Sum"] for point in found))

    def _hours_ago(self, hours: int) -> float:
        clock = self.http.get(f"{self.drill.endpoint}/_cloudchamber/api/clock").json()
        return float(clock["epoch"]) - hours * 3600


def walk(drill: Drill) -> None:
    phone = Phone(drill)
    with drill.promise("the page is there") as saw:
        page = phone.http.get(phone.page_url)
        expect((page.status_code, "MyTodoList" in page.text), (200, True))
        saw(phone.page_url)
    with drill.promise("users sign up with the code from their mail, and sign in") as saw:
        ann, bob = phone.signed_up("ann"), phone.signed_up("bob")
        saw(ann.email, "is", ann.identity)
    _strangers(drill, phone, ann)
    _todos(drill, phone, ann, bob)
    _cache(drill, phone, ann, bob)
    _folders(drill, ann, bob)
    _preferences(drill, ann, bob)
    _functions(drill, ann)


def _strangers(drill: Drill, phone: Phone, ann: User) -> None:
    with drill.promise("without a token, or with one that was tampered with, the API answers 401") as saw:
        head, body, mark = ann.token.split(".")
        other = body[:-4] + ("AAAA" if body[-4:] != "AAAA" else "BBBB")
        for token in ("", "nonsense", f"{head}.{other}.{mark}"):
            answer = phone.api("GET", "/todos", token)
            expect((answer.status_code, answer.json()["message"]), (401, "Unauthorized"))
        saw("401 Unauthorized, three times")


def _todos(drill: Drill, phone: Phone, ann: User, bob: User) -> None:
    with drill.promise("todos are added, listed, changed and deleted") as saw:
        made = phone.api("POST", "/todos", ann.token, {"title": "water the plants"})
        expect(made.status_code, 201)
        todo = made.json()
        expect(phone.titles(ann), ["water the plants"])
        changed = phone.api("PUT", f"/todos/{todo['id']}", ann.token, {"title": "water all plants", "done": True})
        expect((changed.status_code, changed.json()["done"]), (200, True))
        expect(phone.titles(ann), ["water all plants"])
        expect(phone.api("DELETE", f"/todos/{todo['id']}", ann.token).status_code, 204)
        expect(phone.titles(ann), [])
        saw("201, 200, 204 and the lists between them")
    with drill.promise("what is no todo is refused before a function runs") as saw:
        before = phone.invocations()
        for body in ({}, {"title": ""}, {"title": "x", "owner": "bob"}, {"title": 5}):
            answer = phone.api("POST", "/todos", ann.token, body)
            expect((answer.status_code, answer.json()["message"]), (400, "Invalid request body"))
        expect(phone.invocations(), before)
        saw("400 Invalid request body, four times, and no invocation")
    with drill.promise("a user's todos are nobody else's") as saw:
        mine = phone.api("POST", "/todos", ann.token, {"title": "a secret"}).json()
        expect(phone.titles(bob), [])
        expect(phone.api("PUT", f"/todos/{mine['id']}", bob.token, {"title": "x"}).status_code, 404)
        expect(phone.api("DELETE", f"/todos/{mine['id']}", bob.token).status_code, 404)
        expect(phone.titles(ann), ["a secret"])
        saw("404 for bob")


def _cache(drill: Drill, phone: Phone, ann: User, bob: User) -> None:
    with drill.promise("a list comes from the stage's cache, each user's own, and anew after a change") as saw:
        phone.titles(ann)
        phone.titles(bob)
        before = phone.invocations()
        expect((phone.titles(ann), phone.titles(bob)), (["a secret"], []))
        expect(phone.invocations(), before)
        phone.api("POST", "/todos", ann.token, {"title": "another"})
        expect(phone.titles(ann), ["a secret", "another"])
        expect(phone.invocations(), before + 2)
        saw("two lists without an invocation, then two for a change and the list after it")


def _folders(drill: Drill, ann: User, bob: User) -> None:
    bucket = drill.outputs["AttachmentsBucket"]
    with drill.promise("photos go straight into the user's own folder, and into no other") as saw:
        s3 = drill.client("s3", ann.credentials)
        key = f"{ann.identity}/todo/photo.png"
        s3.put_object(Bucket=bucket, Key=key, Body=b"a photo")
        expect(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), b"a photo")
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{ann.identity}/")["Contents"]
        expect([one["Key"] for one in listed], [key])
        stranger = drill.client("s3", bob.credentials)
        for call in (
            lambda: stranger.get_object(Bucket=bucket, Key=key),
            lambda: stranger.put_object(Bucket=bucket, Key=key, Body=b"x"),
            lambda: stranger.delete_object(Bucket=bucket, Key=key),
            lambda: stranger.list_objects_v2(Bucket=bucket, Prefix=f"{ann.identity}/"),
            lambda: stranger.list_objects_v2(Bucket=bucket),
        ):
            refused(call, *DENIED)
        expect(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), b"a photo")
        saw("bob is refused get, put, delete and both lists")


def _preferences(drill: Drill, ann: User, bob: User) -> None:
    table = drill.outputs["PreferencesTable"]
    with drill.promise("a user's preferences are their own item, and no other can be read or written") as saw:
        mine, other = drill.client("dynamodb", ann.credentials), drill.client("dynamodb", bob.credentials)
        item = {"owner": {"S": ann.identity}, "hideDone": {"BOOL": True}}
        mine.put_item(TableName=table, Item=item)
        expect(mine.get_item(TableName=table, Key={"owner": item["owner"]})["Item"], item)
        for call in (
            lambda: other.get_item(TableName=table, Key={"owner": item["owner"]}),
            lambda: other.put_item(TableName=table, Item=item),
            lambda: other.delete_item(TableName=table, Key={"owner": item["owner"]}),
            lambda: other.scan(TableName=table),
        ):
            refused(call, *DENIED)
        saw("bob is refused get, put, delete and scan")


def _functions(drill: Drill, ann: User) -> None:
    with drill.promise("users may ask for suggestions, and call no other function") as saw:
        client = drill.client("lambda", ann.credentials)
        answer = client.invoke(FunctionName=drill.outputs["SuggestFunction"], Payload=b"{}")
        saw(answer["Payload"].read().decode())
        refused(lambda: client.invoke(FunctionName=drill.outputs["ApiFunction"], Payload=b"{}"), *DENIED)
