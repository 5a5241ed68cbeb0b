"""`architecture`, `resources`, `call`, `identity`: what is there and how it hangs together, any operation of any
service, and who may do what."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import click

from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import out_of, table


@click.command("architecture")
@click.option("--stack", help="Only what is of this stack, and what calls it.")
@click.option("--account")
@click.option("--region")
@click.pass_context
def architecture_command(context: click.Context, stack: str | None, account: str | None, region: str | None) -> None:
    """What hands work to what, and what was seen to call what."""
    given = {"stack": stack, "account": account, "region": region}
    out = out_of(context)
    out.show(out.call("GET", f"architecture?{urlencode({name: v for name, v in given.items() if v})}"), _as_arrows)


def _as_arrows(told: dict[str, Any]) -> None:
    """One line a box, below it what it leads to."""
    nodes = {node["arn"]: node for node in told["nodes"]}
    names = {arn: node["logical_id"] or node["name"] for arn, node in nodes.items()}
    for arn, node in nodes.items():
        counted = f"{node['calls']} calls, {node['errors']} errors" if node["calls"] else ""
        waiting = f"{node['depth']} waiting or running" if node["depth"] else ""
        click.echo(f"{names[arn]}  " + click.style(f"{node['type']}  {counted}  {waiting}".rstrip(), dim=True))
        calls = {edge["to"]: 0 for edge in told["edges"] if edge["from"] == arn}
        for edge in told["edges"]:
            if edge["from"] == arn:
                calls[edge["to"]] += edge["calls"]
        for target, count in calls.items():
            click.echo(f"  → {names[target]}" + click.style(f"  {count} calls" if count else "", dim=True))
    if not nodes:
        click.echo("(nothing yet)")


with_json(architecture_command)


@click.group("resources")
def resources_command() -> None:
    """What is in the cloud."""


@click.command("list")
@click.option("--type", "kind", help="Only these: AWS::SQS::Queue")
@click.option("--account")
@click.option("--region")
@click.option("-n", "--number", default=200, show_default=True)
@click.pass_context
def list_command(
    context: click.Context, kind: str | None, account: str | None, region: str | None, number: int
) -> None:
    """Resources of all services that are in use."""
    given = {"type": kind, "account": account, "region": region, "limit": number}
    out = out_of(context)
    found = out.call("GET", f"resources?{urlencode({name: value for name, value in given.items() if value})}")
    out.show(found, lambda told: table([(one["type"], one["arn"]) for one in told["resources"]], ("type", "arn")))


@click.command("show")
@click.argument("arn")
@click.pass_context
def show_command(context: click.Context, arn: str) -> None:
    """One of them: attributes, tags, what it refers to, its policy."""
    out = out_of(context)
    out.show(out.call("GET", f"resources?arn={quote(arn)}"), lambda told: click.echo(json.dumps(told, indent=2)))


for _command in (list_command, show_command):
    with_json(_command)
    resources_command.add_command(_command)


@click.command("call")
@click.argument("operation", metavar="SERVICE:OPERATION")
@click.argument("request", metavar="[JSON]", default="{}")
@click.option("--account", default="000000000000", show_default=True)
@click.option("--region", default="us-east-1", show_default=True)
@click.pass_context
def call_command(context: click.Context, operation: str, request: str, account: str, region: str) -> None:
    """Call an operation as the root user of an account: `cloudchamber call sqs:ListQueues '{}'`."""
    out = out_of(context)
    try:
        body = json.loads(request)
    except ValueError:
        out.fail("the request is not JSON", """cloudchamber call sqs:CreateQueue '{"QueueName": "q"}'""")
    path = f"call/{quote(operation.replace(':', '/', 1))}?{urlencode({'account': account, 'region': region})}"
    answer = out.call("POST", path, body)
    if "error" in answer:
        error = answer["error"]
        out.fail(f"{error['code']} ({error['status']}): {error['message']}", "cloudchamber trace last --errors")
    out.show(answer["output"], lambda told: click.echo(json.dumps(told, indent=2)))


with_json(call_command)


@click.command("identity")
@click.argument("principal", required=False)
@click.pass_context
def identity_command(context: click.Context, principal: str | None) -> None:
    """Who was seen to call; for one PRINCIPAL (an ARN) the policy that would have been enough."""
    out = out_of(context)
    if principal:
        found = out.call("GET", f"identity?principal={quote(principal)}")
        out.show(found, lambda told: click.echo(json.dumps(told, indent=2)))
        return

    def as_text(told: dict[str, Any]) -> None:
        table([(one["calls"], one["principal"]) for one in told["principals"]], ("calls", "principal"))

    out.show(out.call("GET", "identity"), as_text)


with_json(identity_command)
