"""`deploy`, `diff`, `destroy`, `stacks`: architectures as templates, brought into the running cloud.

The same template goes to AWS unchanged: nothing here is said in it. Code on this machine goes through a bucket, as
`aws cloudformation package` has it; a stack is created and updated through a change set.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudchamber.cli.main import with_json
from cloudchamber.cli.packaging import Package, Packager, PathMissing
from cloudchamber.cli.stacks import (
    CAPABILITIES,
    TEMPLATE_BYTES_MAX,
    Bucket,
    Clients,
    Deployed,
    Stack,
    change_line,
    event_line,
    given_pairs,
    reached,
)
from cloudchamber.cli.talk import Out, out_of, table
from cloudchamber.cli.templates import TemplateUnreadable, find_template

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = click.option("--account", default="test", help="The account, if not the default one.")
REGION = click.option("--region", default="us-east-1", show_default=True)


def _stack_options(command: Callable[..., None]) -> Callable[..., None]:
    """What `deploy` and `diff` share."""
    for option in (
        REGION,
        ACCOUNT,
        click.option("--tags", multiple=True, metavar="K=V", help="A tag of the stack and its resources."),
        click.option(
            "--capabilities", multiple=True, help="What the template may do; everything, if nothing is named."
        ),
        click.option("--parameter-overrides", "overrides", multiple=True, metavar="K=V", help="A parameter's value."),
        click.option("--stack-name", help="The stack's name, if not that of the folder."),
        click.argument("path", type=click.Path(path_type=Path), default=Path()),
    ):
        command = option(command)
    return command


@dataclass(slots=True)
class Deployment:
    """A template of this machine and the stack it becomes."""

    out: Out
    clients: Clients
    path: Path
    stack: Stack
    options: dict[str, Any]
    bucket: Bucket

    @classmethod
    def of(cls, out: Out, options: dict[str, Any]) -> Deployment:
        """From what the command line says."""
        clients = Clients(out, options["account"], options["region"])
        try:
            path = find_template(options["path"])
        except TemplateUnreadable as error:
            out.fail(str(error), "cloudchamber deploy PATH/template.yaml")
        name = options["stack_name"] or _name_of(path)
        overrides = given_pairs(out, tuple(" ".join(options["overrides"]).split()), "parameter")
        tags = given_pairs(out, options["tags"], "tag")
        asked: dict[str, Any] = {
            "Capabilities": list(options["capabilities"] or CAPABILITIES),
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            "overrides": overrides,
        }
        with clients.explained():
            return cls(out, clients, path, Stack(clients, name), asked, Bucket(clients))

    def package(self) -> Package:
        """The template with its local code in the bucket."""
        try:
            with self.clients.explained():
                return Packager(self.bucket.name, self.clients.region, self.bucket.store).package(self.path)
        except (TemplateUnreadable, PathMissing) as error:
            self.out.fail(str(error), f"look at {self.path}")

    def plan(self, package: Package) -> dict[str, Any] | None:
        """A change set, or None if nothing is different."""
        hint = f"cloudchamber destroy {self.stack.name}"
        with self.clients.explained():
            template = self._template(package)
            options = {name: value for name, value in self.options.items() if name != "overrides" and value}
            options["Parameters"] = self._parameters(package.template)
            try:
                return self.stack.plan(template, options)
            except Deployed as error:
                self.out.fail(str(error), hint if "deleted" in str(error) else f"look at {self.path}")

    def _template(self, package: Package) -> dict[str, str]:
        """As it is written, if it names nothing local."""
        text = json.dumps(package.template) if package.artifacts or len(package.sources) > 1 else self.path.read_text()
        if "Fn::Transform" in text:
            text = json.dumps(package.template)
        if len(text.encode()) <= TEMPLATE_BYTES_MAX:
            return {"TemplateBody": text}
        import hashlib  # noqa: PLC0415 - long templates are few

        key = hashlib.sha256(text.encode()).hexdigest()[:32] + ".template"
        self.bucket.store(key, text.encode())
        return {"TemplateURL": f"https://s3.{self.clients.region}.amazonaws.com/{self.bucket.name}/{key}"}

    def _parameters(self, template: dict[str, Any]) -> list[dict[str, Any]]:
        """Those given; the others of a stack that is there stay as they are."""
        declared = template.get("Parameters") or {}
        given: dict[str, str] = self.options["overrides"]
        unknown = sorted(given.keys() - declared.keys())
        if unknown:
            self.out.fail(f"the template has no parameter {', '.join(unknown)}", f"it has: {', '.join(declared)}")
        present = self.stack.described() or {}
        before = {one["ParameterKey"] for one in present.get("Parameters") or ()}
        values = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
        kept = [{"ParameterKey": key, "UsePreviousValue": True} for key in declared if key in before - given.keys()]
        return values + kept

    def deploy(self) -> dict[str, Any]:
        """Plan, carry out, tell. What `--json` shows; the command ends with a failure if the stack does."""
        package = self.package()
        change_set = self.plan(package)
        status, events = "", []
        changes = change_set["Changes"] if change_set else []
        for change in changes:
            self._say(change_line(change))
        if change_set is not None:

            def tell(event: dict[str, Any]) -> None:
                events.append(event)
                if not event["ResourceStatus"].endswith("IN_PROGRESS") or "ROLLBACK" in event["ResourceStatus"]:
                    self._say(event_line(event))

            with self.clients.explained():
                status = self.stack.execute(change_set, tell)
        else:
            self._say("nothing to change")
        present = self.stack.described() or {}
        if status and status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            first = next((e for e in events if e["ResourceStatus"].endswith("_FAILED")), {})
            reason = first.get("ResourceStatusReason") or present.get("StackStatusReason", "")
            self.out.fail(f"{self.stack.name} is in {status}: {reason}", "mend the template and deploy again")
        outputs = {one["OutputKey"]: one["OutputValue"] for one in present.get("Outputs") or ()}
        local = {key: reached(value, self.out.endpoint) for key, value in outputs.items()}
        here = {key: value for key, value in local.items() if value != outputs[key]}
        for key, value in outputs.items():
            self._say(f"  {click.style(key, bold=True)}  {value}")
            if key in here:
                self._say(click.style(f"  {' ' * len(key)}  {here[key]}", fg="cyan"))
        return {
            "stack": self.stack.name, "status": present.get("StackStatus", ""), "outputs": outputs, "here": here,
            "changes": [_plain(change) for change in changes],
        }  # fmt: skip

    def _say(self, line: str) -> None:
        if not self.out.as_json:
            click.echo(line)


def _name_of(path: Path) -> str:
    """The folder's name as a stack's: letters, digits and hyphens."""
    folder = path.resolve().parent
    while folder.name in ("build", ".aws-sam"):
        folder = folder.parent
    name = "".join(c if c.isalnum() and c.isascii() else "-" for c in folder.name).strip("-")
    return name if name[:1].isalpha() else f"stack-{name}".rstrip("-")


def _plain(change: dict[str, Any]) -> dict[str, Any]:
    one = change["ResourceChange"]
    names = ("Action", "LogicalResourceId", "ResourceType", "Replacement")
    properties = sorted({d["Target"].get("Name") or d["Target"]["Attribute"] for d in one.get("Details") or ()})
    return {**{name: one[name] for name in names if name in one}, "Properties": properties}


@click.command("deploy")
@_stack_options
@click.option("--watch", is_flag=True, help="Go on: deploy again on save; functions' code is swapped at once.")
@click.pass_context
def deploy_command(context: click.Context, /, watch: bool, **options: Any) -> None:
    """Bring the template at PATH (a file, or a folder with template.yaml) into the cloud."""
    out = out_of(context)
    deployment = Deployment.of(out, options)
    made = deployment.deploy()
    if not watch:
        out.show(made, lambda found: click.echo(f"{found['stack']} is in {found['status']}"))
        return
    from cloudchamber.cli.watching import Watch  # noqa: PLC0415 - it is seldom

    Watch(deployment).run()


@click.command("diff")
@_stack_options
@click.pass_context
def diff_command(context: click.Context, /, **options: Any) -> None:
    """What deploying the template at PATH would change; nothing is changed."""
    out = out_of(context)
    deployment = Deployment.of(out, options)
    change_set = deployment.plan(deployment.package())
    changes = change_set["Changes"] if change_set else []
    if change_set is not None:
        with deployment.clients.explained():
            deployment.stack.forget(change_set)

    def as_text(_: Any) -> None:
        for change in changes:
            click.echo(change_line(change))
        if not changes:
            click.echo("nothing to change")

    out.show({"stack": deployment.stack.name, "changes": [_plain(change) for change in changes]}, as_text)


@click.command("destroy")
@click.argument("name")
@ACCOUNT
@REGION
@click.pass_context
def destroy_command(context: click.Context, name: str, account: str, region: str) -> None:
    """Delete the stack NAME and what it made."""
    out = out_of(context)
    clients = Clients(out, account, region)
    failed: list[str] = []

    def tell(event: dict[str, Any]) -> None:
        if event["ResourceStatus"] == "DELETE_FAILED":
            failed.append(event.get("ResourceStatusReason") or "")
        if not event["ResourceStatus"].endswith("IN_PROGRESS") and not out.as_json:
            click.echo(event_line(event))

    with clients.explained():
        stack = Stack(clients, name)
        if stack.described() is None:
            out.fail(f"there is no stack {name}", "cloudchamber stacks")
        status = stack.delete(tell)
    if status != "DELETE_COMPLETE":
        out.fail(f"{name} is in {status}: {failed[0] if failed else ''}", "look at what is left, and destroy again")
    out.show({"stack": name, "status": status}, lambda found: click.echo(f"{found['stack']} is deleted"))


@click.command("stacks")
@ACCOUNT
@REGION
@click.pass_context
def stacks_command(context: click.Context, account: str, region: str) -> None:
    """The stacks there are, with their outputs."""
    out = out_of(context)
    clients = Clients(out, account, region)
    with clients.explained():
        pages = clients["cloudformation"].get_paginator("describe_stacks").paginate()
        found = [stack for page in pages for stack in page["Stacks"]]
    shown = [
        {
            "name": stack["StackName"], "status": stack["StackStatus"],
            "changed": (stack.get("LastUpdatedTime") or stack["CreationTime"]).isoformat(),
            "outputs": {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs") or ()},
        }
        for stack in found
    ]  # fmt: skip

    def as_text(stacks: list[dict[str, Any]]) -> None:
        rows = [(s["name"], s["status"], s["changed"][:19].replace("T", " "), len(s["outputs"])) for s in stacks]
        table(rows, ("stack", "status", "changed", "outputs"))

    out.show(shown, as_text)


for _command in (deploy_command, diff_command, destroy_command, stacks_command):
    with_json(_command)
