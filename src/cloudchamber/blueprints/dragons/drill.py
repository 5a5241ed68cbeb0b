"""The drill: the site and its hosted sign-in, strangers, dragons and what is none, the cache, the file and where
parameters say it is, notices, logs, metrics and the alarm, tokens that expire. All by HTTP as a browser has it."""

from __future__ import annotations

import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cloudchamber.blueprints.dragons.visitor import PASSWORD, Visitor
from cloudchamber.blueprints.drilling import Broken, Drill, expect

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN_MINUTES = 5
TRIES = 8  # of what comes a moment later: metrics, alarms
AT_ONCE = 3
CALLBACK_FAILED = "invalid_grant"


def walk(drill: Drill) -> None:
    ann = Visitor(drill, "ann")
    with drill.promise("the site is there, at the bucket's website address") as saw:
        for path in ("", "app.js", "auth.js", "config.json"):
            expect(ann.http.get(drill.outputs["SiteUrl"] + path).status_code, 200)
        page = ann.http.get(drill.outputs["SiteUrl"])
        expect("<h1>Dragons</h1>" in page.text, True)
        saw(drill.outputs["SiteUrl"])
    _signing_up(drill, ann)
    _signing_in(drill, ann)
    _strangers(drill, ann)
    name = _dragons(drill, ann)
    _wrong(drill, ann, name)
    _cache(drill, ann)
    _file(drill, ann, name)
    _notices(drill, ann)
    _logs(drill, ann, name)
    _alarm(drill, ann)
    _expiry(drill, ann)
    _signing_out(drill, ann)


def _signing_up(drill: Drill, ann: Visitor) -> None:
    with drill.promise("somebody signs up on the hosted page, with the code from their mail") as saw:
        form = ann.page("/signup", ann.asking(ann.verifier()))
        forged = ann.http.post(str(form.url), data={"username": ann.email, "password": PASSWORD, "_csrf": "forged"})
        expect((forged.status_code, drill.mail(ann.email)), (403, []))
        ann.sign_up()
        expect(ann.api("GET", "/dragons").status_code, 200)
        saw(ann.email, "is confirmed and signed in; a form without its token was refused")


def _signing_in(drill: Drill, ann: Visitor) -> None:
    with drill.promise("a wrong password leads nowhere") as saw:
        ann.sign_out()
        form = ann.page("/oauth2/authorize", ann.asking(ann.verifier()))
        refused = ann.sent(form, username=ann.email, password="not-the-passw0rd")
        expect(("location" in refused.headers, "Incorrect username or password." in refused.text), (False, True))
        saw("Incorrect username or password.")
    with drill.promise("signing in leads back with a code, and the code with its proof to tokens, once") as saw:
        verifier = ann.verifier()
        form = ann.page("/oauth2/authorize", ann.asking(verifier, "where we were"))
        code = ann.code_of(ann.sent(form, username=ann.email, password=PASSWORD), "where we were")
        redeemed = ann.for_code(code, verifier)
        expect(redeemed.status_code, 200)
        ann.tokens = redeemed.json()
        expect(sorted(ann.tokens), ["access_token", "expires_in", "id_token", "refresh_token", "token_type"])
        expect(ann.tokens["expires_in"], TOKEN_MINUTES * 60)
        again = ann.for_code(code, verifier)
        expect((again.status_code, again.json()["error"]), (400, CALLBACK_FAILED))
        saw("tokens for", TOKEN_MINUTES, "minutes; the same code a second time:", again.json()["error"])
    with drill.promise("a code without the right verifier is worth nothing; who is signed in gets one unasked") as saw:
        verifier = ann.verifier()
        code = ann.code_of(ann.page("/oauth2/authorize", ann.asking(verifier)))
        refused = ann.for_code(code, ann.verifier())
        expect((refused.status_code, refused.json()["error"]), (400, CALLBACK_FAILED))
        saw(refused.json()["error"])
    with drill.promise("nobody is sent anywhere but to the site") as saw:
        asking = {**ann.asking(ann.verifier()), "redirect_uri": "https://elsewhere.example.com/"}
        answer = ann.page("/oauth2/authorize", asking)
        expect((answer.is_redirect, "redirect_mismatch" in answer.text), (False, True))
        saw("redirect_mismatch")


def _strangers(drill: Drill, ann: Visitor) -> None:
    with drill.promise("no token, nonsense, a changed token and one of another user pool: 401") as saw:
        head, body, mark = ann.tokens["id_token"].split(".")
        other = body[:-4] + ("AAAA" if body[-4:] != "AAAA" else "BBBB")
        for token in ("", "nonsense", f"{head}.{other}.{mark}", _foreign_token(drill)):
            for method, path in (("GET", "/dragons"), ("POST", "/dragons"), ("PUT", "/dragons/whisper")):
                answer = ann.api(method, path, {} if method != "GET" else None, token)
                expect((answer.status_code, answer.json()["message"]), (401, "Unauthorized"))
        saw("401 Unauthorized, twelve times")


def _foreign_token(drill: Drill) -> str:
    """The ID token of a user of a pool that is not ours."""
    cognito, email = drill.client("cognito-idp"), f"eve-{drill.word()}@example.com"
    pool = cognito.create_user_pool(PoolName=f"foreign-{drill.word()}")["UserPool"]["Id"]
    try:
        flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="foreign", ExplicitAuthFlows=flows)
        client_id = client["UserPoolClient"]["ClientId"]
        cognito.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password="A-good-passw0rd", Permanent=True)
        given = {"USERNAME": email, "PASSWORD": "A-good-passw0rd"}
        made = cognito.admin_initiate_auth(
            UserPoolId=pool, ClientId=client_id, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=given
        )
        token: str = made["AuthenticationResult"]["IdToken"]
        return token
    finally:
        cognito.delete_user_pool(UserPoolId=pool)


def _dragon(name: str, **more: str) -> dict[str, str]:
    return {"name": name, "family": "fire", "city": "Oslo", "country": "Norway", "description": "Warm.", **more}


def _dragons(drill: Drill, ann: Visitor) -> str:
    with drill.promise("dragons are listed, by family too") as saw:
        everyone, fire = ann.dragons(), ann.dragons("fire")
        expect((len(everyone) >= 12, "Whisper" in everyone), (True, True))
        expect(sorted(fire), sorted(name for name, one in everyone.items() if one["family"] == "fire"))
        saw(len(everyone), "dragons,", len(fire), "of fire")
    with drill.promise("one is added, is in the list, and is changed") as saw:
        name = f"Ember {drill.word()}"
        made = ann.api("POST", "/dragons", _dragon(f" {name} "))
        expect(made.status_code, 201)
        dragon = made.json()
        expect((ann.dragons()[name], ann.dragons("fire")[name]), (dragon, dragon))
        changed = ann.api("PUT", f"/dragons/{dragon['id']}", _dragon(name, family="air"))
        expect((changed.status_code, changed.json()["family"]), (200, "air"))
        expect((name in ann.dragons("fire"), ann.dragons("air")[name]), (False, {**dragon, "family": "air"}))
        saw(name, "of fire, then of air")
    with drill.promise("dragons that are added at the same moment are all kept") as saw:
        names = {f"Twin {drill.word()}" for _ in range(AT_ONCE)}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = list(pool.map(lambda one: ann.api("POST", "/dragons", _dragon(one)).status_code, names))
        expect(statuses, [201] * AT_ONCE)
        expect(names <= set(ann.dragons()), True)
        saw(AT_ONCE, "at once")
    return name


def _wrong(drill: Drill, ann: Visitor, name: str) -> None:
    with drill.promise("what is no dragon is refused before a function runs, and told why") as saw:
        before = _invocations(drill, ann)
        whole = _dragon("x")
        without = {key: value for key, value in whole.items() if key != "city"}
        for body in (
            without,
            *({**whole, **more} for more in ({"family": "plaid"}, {"wings": 2}, {"name": 5}, {"name": ""})),
        ):
            answer = ann.api("POST", "/dragons", body)
            expect((answer.status_code, answer.json()["message"]), (400, "Invalid request body"))
            expect("A dragon has a name, a family" in answer.json()["hint"], True)
        expect(_invocations(drill, ann), before)
        saw("five times 400:", answer.json()["hint"])
    with drill.promise("what only the function can know is refused as clearly") as saw:
        for method, path, body, status, message in (
            ("POST", "", _dragon("   "), 400, "A dragon needs a name that is more than spaces."),
            ("POST", "", _dragon(name.upper()), 409, f"There is a dragon called {name} already."),
            ("PUT", "/nobody", _dragon("Nobody"), 404, "There is no dragon nobody."),
            ("GET", "?family=plaid", None, 400, "There is no family plaid: it is one of air, earth, fire, water."),
        ):
            answer = ann.api(method, f"/dragons{path}", body)
            expect((answer.status_code, answer.json()), (status, {"message": message}))
        saw("400, 409, 404, 400")


def _invocations(drill: Drill, ann: Visitor) -> int:
    """How often the functions of this stack were invoked, as CloudWatch counts."""
    names = [drill.outputs[one] for one in ("ListFunction", "AddFunction", "UpdateFunction")]
    return sum(_sum(ann, "AWS/Lambda", "Invocations", FunctionName=name) for name in names)


def _sum(ann: Visitor, namespace: str, metric: str, **dimensions: str) -> int:
    now = float(ann.http.get(f"{ann.drill.endpoint}/_cloudchamber/api/clock").json()["epoch"])
    found = ann.drill.client("cloudwatch").get_metric_statistics(
        Namespace=namespace, MetricName=metric, Period=3600, Statistics=["Sum"], StartTime=now - 86_400,
        EndTime=now + 3600, Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
    )["Datapoints"]  # fmt: skip
    return int(sum(point["Sum"] for point in found))


def _cache(drill: Drill, ann: Visitor) -> None:
    with drill.promise("a list comes from the stage's cache, each family its own, and anew after a change") as saw:
        ann.dragons(), ann.dragons("earth")
        before = _invocations(drill, ann)
        for _ in range(3):
            expect(set(ann.dragons("earth")) < set(ann.dragons()), True)
        expect(_invocations(drill, ann), before)
        expect(ann.api("GET", "/dragons", token="nonsense").status_code, 401)
        name = f"Fresh {drill.word()}"
        expect(ann.api("POST", "/dragons", _dragon(name)).status_code, 201)
        expect(name in ann.dragons(), True)
        expect(_invocations(drill, ann), before + 2)
        saw("six lists without an invocation, none for a stranger; then two for a change and the list after it")


def _file(drill: Drill, ann: Visitor, name: str) -> None:
    s3, ssm, outputs = drill.client("s3"), drill.client("ssm"), drill.outputs
    with drill.promise("the dragons are in the data file, where the parameters say") as saw:
        bucket = ssm.get_parameter(Name=outputs["BucketParameter"])["Parameter"]["Value"]
        key = ssm.get_parameter(Name=outputs["KeyParameter"])["Parameter"]["Value"]
        kept = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        expect({dragon["name"]: dragon for dragon in kept}, ann.dragons())
        versions = s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
        saw(f"s3://{bucket}/{key} with {len(kept)} dragons, {len(versions)} versions; {name} among them")
    with drill.promise("a changed parameter takes effect at once: another file, begun with the first dragons") as saw:
        other = f"drill-{drill.word()}.json"
        ssm.put_parameter(Name=outputs["KeyParameter"], Value=other, Overwrite=True)
        try:
            lone = f"Lone {drill.word()}"
            expect(ann.api("POST", "/dragons", _dragon(lone)).status_code, 201)
            there = ann.dragons()
            expect((len(there), lone in there, name in there), (13, True, False))
            expect(len(json.loads(s3.get_object(Bucket=bucket, Key=other)["Body"].read())), 13)
        finally:
            ssm.put_parameter(Name=outputs["KeyParameter"], Value=key, Overwrite=True)
        back = ann.api("PUT", "/dragons/nobody", _dragon("Nobody"))
        expect(back.status_code, 404)
        drill.client("apigateway").flush_stage_cache(restApiId=outputs["ApiId"], stageName=outputs["StageName"])
        expect((name in ann.dragons(), lone in ann.dragons()), (True, False))
        s3.delete_object(Bucket=bucket, Key=other)
        saw("13 dragons there, and those of before after going back")


def _notices(drill: Drill, ann: Visitor) -> None:
    sns, topic, keeper = drill.client("sns"), drill.outputs["TopicArn"], drill.outputs["NoticeEmail"]

    def state() -> str:
        found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        [arn] = [one["SubscriptionArn"] for one in found if one["Endpoint"] == keeper]
        return str(arn)

    with drill.promise("the keeper confirms the subscription, and has a mail of each new dragon") as saw:
        if state() == "PendingConfirmation":
            [asked] = [mail for mail in drill.mail(keeper) if "ConfirmSubscription" in mail["text"]]
            link = re.search(r"https?://\S+ConfirmSubscription\S+", asked["text"])
            if link is None:
                raise Broken("the mail has no link in it")
            expect(ann.http.get(html.unescape(link[0])).status_code, 200)
        expect(state().startswith("arn:"), True)
        name = f"Herald {drill.word()}"
        expect(ann.api("POST", "/dragons", _dragon(name)).status_code, 201)
        mail = _soon(lambda: next((one for one in drill.mail(keeper) if name in one["text"]), None), "a mail")
        expect((mail["subject"], ann.email in mail["text"]), ("A new dragon", True))
        saw(mail["text"].splitlines()[0])


def _soon(look: Callable[[], Any], what: str) -> Any:
    """What `look` finds within some looks; each is a call, which takes its time."""
    for _ in range(200):
        found = look()
        if found:
            return found
    raise Broken(f"{what} did not come")


def _logs(drill: Drill, ann: Visitor, name: str) -> None:
    with drill.promise("functions leave a line for each change, and a metric counts the dragons added") as saw:
        logs, group = drill.client("logs"), drill.outputs["LogGroup"]
        pattern = f'{{ $.event = "dragon added" && $.name = "{name}" }}'
        found = _soon(lambda: logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"], "a log line")
        line = json.loads(found[0]["message"])
        expect((line["name"], line["by"]), (name, ann.email))
        counted = _soon(lambda: _sum(ann, "dragons", "DragonsAdded"), "the metric")
        expect(counted >= 1, True)
        saw(found[0]["message"].strip(), f"and {counted} dragons added")


def _advance(ann: Visitor, seconds: int) -> None:
    """Let time pass, for the whole cloud."""
    address = f"{ann.drill.endpoint}/_cloudchamber/api/clock"
    expect(ann.http.post(address, json={"action": "advance", "seconds": seconds}).status_code, 200)


def _alarm(drill: Drill, ann: Visitor) -> None:
    cloudwatch, ssm, outputs = drill.client("cloudwatch"), drill.client("ssm"), drill.outputs

    def becomes(state: str) -> bool:
        _advance(ann, 60)
        [alarm] = cloudwatch.describe_alarms(AlarmNames=[outputs["Alarm"]])["MetricAlarms"]
        return bool(alarm["StateValue"] == state)

    with drill.promise(
        "a function that fails shows nothing of why, and raises the alarm, which then rests again"
    ) as saw:
        bucket = ssm.get_parameter(Name=outputs["BucketParameter"])["Parameter"]["Value"]
        known = len(_alarms(drill))
        ssm.put_parameter(Name=outputs["BucketParameter"], Value="a-bucket-of-nobody", Overwrite=True)
        try:
            answer = ann.api("PUT", "/dragons/whisper", _dragon("Whisper"))
            expect((answer.status_code, answer.json()), (502, {"message": "Internal server error"}))
        finally:
            ssm.put_parameter(Name=outputs["BucketParameter"], Value=bucket, Overwrite=True)
        ann.refresh()
        for state in ("ALARM", "OK"):
            if not any(becomes(state) for _ in range(TRIES)):
                raise Broken(f"the alarm is not in {state} after {TRIES} minutes")
        mails = _alarms(drill)
        expect(len(mails), known + 1)
        saw("502 Internal server error;", mails[0]["subject"])


def _alarms(drill: Drill) -> list[dict[str, Any]]:
    return [mail for mail in drill.mail(drill.outputs["NoticeEmail"]) if mail["subject"].startswith("ALARM")]


def _expiry(drill: Drill, ann: Visitor) -> None:
    with drill.promise(f"a token is good for {TOKEN_MINUTES} minutes, and the refresh token gets another") as saw:
        ann.refresh()
        expect(ann.api("GET", "/dragons").status_code, 200)
        _advance(ann, TOKEN_MINUTES * 60 + 1)
        expired = ann.api("GET", "/dragons")
        expect((expired.status_code, expired.json()["message"]), (401, "The incoming token has expired"))
        ann.refresh()
        expect(ann.api("GET", "/dragons").status_code, 200)
        saw("401 The incoming token has expired, then 200; the cloud's clock is ahead by what was waited here")


def _signing_out(drill: Drill, ann: Visitor) -> None:
    with drill.promise("signing out ends both: the refresh token, and the hosted page's memory") as saw:
        given = {"client_id": drill.outputs["UserPoolClientId"], "token": ann.tokens["refresh_token"]}
        expect(ann.http.post(f"{ann.auth_url}/oauth2/revoke", data=given).status_code, 200)
        refused = ann.token(grant_type="refresh_token", refresh_token=ann.tokens["refresh_token"])
        expect((refused.status_code, refused.json()["error"]), (400, CALLBACK_FAILED))
        ann.sign_out()
        page = ann.page("/oauth2/authorize", ann.asking(ann.verifier()))
        expect((page.status_code, 'name="password"' in page.text), (200, True))
        ann.sign_in()
        expect(ann.api("GET", "/dragons").status_code, 200)
        saw("the page asks for the password again")
