"""The seven laws of ARCHITECTURE.md, held against the source."""

from __future__ import annotations

import ast
import importlib

import pytest

from cloudchamber.core.errors import AwsError
from cloudchamber.registry import SERVICES
from tests.tidy.source import PACKAGE, Module, dotted, modules

# What a package may import of ours. Each stands on those before it; the composition root stands on all.
LAYERS = {
    "core": {"core", "identity"},  # identity only to name its types
    "protocol": {"core", "protocol"},
    "identity": {"core", "identity"},
    "storage": {"core", "storage"},
    "gateway": {"core", "protocol", "identity", "storage", "gateway", "registry"},
    "runtime": {"core", "runtime"},
    "services": {"core", "protocol", "identity", "storage", "runtime", "services"},
    "console": {"core", "protocol", "identity", "storage", "gateway", "runtime", "registry", "console", "cloud"},
    "cli": {"core", "protocol", "storage", "runtime", "config", "cli", "cloud", "blueprints", "console"},
    "blueprints": {"core", "blueprints"},
    "testing": {"core", "config", "cloud", "testing"},
}
TIME = {
    "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns",
    "time.sleep", "datetime.now", "datetime.utcnow", "datetime.today", "datetime.datetime.now", "date.today",
    "datetime.datetime.utcnow", "datetime.date.today", "asyncio.sleep",
}  # fmt: skip
TASKS = {"asyncio.create_task", "asyncio.ensure_future"}
RANDOM = {"random", "secrets", "uuid"}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "backend", "provider"}


def offences(check) -> list[str]:
    return [f"{module.name}:{line}: {what}" for module in modules() for line, what in check(module)]


def package_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_law_1_no_service_package_imports_another():
    def check(module: Module):
        parts = module.name.split("/")
        if parts[0] != "services" or len(parts) < 3:
            return
        for name, line in module.imports():
            if name.startswith("cloudchamber.services.") and name.split(".")[2] != parts[1]:
                yield line, f"imports {name}"

    assert offences(check) == []


def test_each_package_imports_only_what_stands_below_it():
    def check(module: Module):
        package = module.name.split("/")[0]
        for name, line in module.imports():
            if (
                name.startswith("cloudchamber.")
                and package in LAYERS
                and package_of(name) not in {*LAYERS[package], "__version__"}
            ):
                yield line, f"{package} imports {name}"

    assert offences(check) == []


def test_law_2_only_the_clock_reads_the_time():
    def check(module: Module):
        if module.name == "core/clock.py":
            return
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and dotted(node.func) in TIME:
                yield node.lineno, f"calls {dotted(node.func)}"
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                names = {alias.name for alias in node.names} & {"time", "monotonic", "perf_counter", "sleep"}
                if names:
                    yield node.lineno, f"imports {names} from time"

    assert offences(check) == []


def test_law_2_background_work_starts_only_through_the_clock():
    """The gateway's tasks are connections and their requests: work that a client waits for, not background work."""

    def check(module: Module):
        if module.name == "core/clock.py" or module.name.startswith("gateway/"):
            return
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = dotted(node.func)
                if called in TASKS or (isinstance(node.func, ast.Attribute) and node.func.attr == "create_task"):
                    yield node.lineno, "starts a task"

    assert offences(check) == []


def test_law_2_only_ids_makes_random_values():
    def check(module: Module):
        if module.name == "core/ids.py":
            return
        for name, line in module.imports():
            if name.split(".")[0] in RANDOM or name == "os.urandom":
                yield line, f"imports {name}"
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and dotted(node.func) == "os.urandom":
                yield node.lineno, "calls os.urandom"

    assert offences(check) == []


def is_operation(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(dotted(d) in ("operation", "private_operation") for d in function.decorator_list)


def test_law_3_nothing_calls_a_handler_directly():
    handlers_of: dict[tuple[str, ...], set[str]] = {}
    for other in modules():
        found = {function.name for function in other.functions() if is_operation(function)}
        handlers_of.setdefault(tuple(other.name.split("/")[:2]), set()).update(found)

    def check(module: Module):
        handlers = handlers_of[tuple(module.name.split("/")[:2])]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in handlers and dotted(node.func.value) == "self":
                    yield node.lineno, f"calls self.{node.func.attr}"
                if node.func.attr == "handler" and module.name != "core/dispatch.py":
                    yield node.lineno, "calls a handler"

    assert [o for o in offences(check) if o.startswith(("services/", "gateway/", "console/"))] == []


def test_law_4_services_keep_no_state_in_modules():
    """Memory holds caches and connections, and those belong to the service's object, so that a restart begins clean."""

    def check(module: Module):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Global):
                yield node.lineno, "uses global"
        if not module.name.startswith("services/"):
            return
        for node in module.tree.body:
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AnnAssign)
                else []
            )
            for target in targets:
                name = getattr(target, "id", "")
                mutable = isinstance(getattr(node, "value", None), ast.Dict | ast.List | ast.Set)
                if mutable and name != name.upper() and not name.startswith("__"):
                    yield node.lineno, f"module state {name}"

    assert offences(check) == []


def test_law_5_a_transaction_never_waits():
    def check(module: Module):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.With) and any(
                "transaction" in ast.unparse(item.context_expr) for item in node.items
            ):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Await | ast.AsyncFor | ast.AsyncWith):
                        yield inner.lineno, "awaits inside a transaction"

    assert offences(check) == []


def test_law_6_a_handler_raises_only_aws_errors():
    def check(module: Module):
        if not module.name.startswith("services/"):
            return
        handlers = [function for function in module.functions() if is_operation(function)]
        if not handlers:
            return
        names = vars(importlib.import_module("cloudchamber." + module.name.removesuffix(".py").replace("/", ".")))
        for handler in handlers:
            for node in ast.walk(handler):
                if isinstance(node, ast.Raise) and node.exc is not None:
                    callee = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                    found = names.get(dotted(callee))
                    if isinstance(found, type) and not issubclass(found, AwsError):
                        yield node.lineno, f"raises {dotted(callee)}"

    assert offences(check) == []


def test_law_7_files_and_functions_stay_within_their_budgets():
    def check(module: Module):
        if module.is_generated:
            return
        lines = module.text.count("\n")
        if lines > 700:
            yield 1, f"{lines} lines"
        for function in module.functions():
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > 70:
                yield function.lineno, f"{function.name} has {length} lines"

    assert offences(check) == []


def test_law_7_a_function_takes_five_parameters_at_most():
    """Without self; click hands a command its options by name, so those do not count."""

    def check(module: Module):
        if module.is_generated or module.name.startswith("cli/"):
            return
        for function in module.functions():
            arguments = function.args
            names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
            counted = [name for name in names if name not in ("self", "cls")]
            if len(counted) > 5:
                yield function.lineno, f"{function.name} takes {len(counted)}"

    assert offences(check) == []


def test_every_file_stays_within_the_good_budget():
    """700 lines is the bound; 400 is good, and so far nothing has needed more."""
    assert [m.name for m in modules() if not m.is_generated and m.text.count("\n") > 400] == []


def test_no_module_has_a_name_that_says_nothing():
    assert [m.name for m in modules() if m.path.stem in FORBIDDEN_NAMES] == []


@pytest.mark.parametrize(
    "module", [m for m in modules() if m.path.name != "__init__.py" or m.text.strip()], ids=lambda m: m.name
)
def test_a_file_opens_with_what_it_is_for(module: Module):
    assert ast.get_docstring(module.tree), f"{module.name} has no docstring"


def test_the_package_is_where_the_tests_look():
    assert (PACKAGE / "cloud.py").exists()


@pytest.mark.parametrize("place", SERVICES.values())
def test_no_part_of_a_service_shadows_a_method_of_another(place: str):
    """A service is joined from classes by subject; two that define one name would silently hide each other."""
    module, _, class_name = place.partition(":")
    service = getattr(importlib.import_module(module), class_name)
    parts = [cls for cls in service.__mro__ if cls.__module__.startswith("cloudchamber.services.")]
    owners: dict[str, list[str]] = {}
    for part in parts:
        for name, value in vars(part).items():
            if callable(value) and not name.startswith("__") and not calls_super(value):
                owners.setdefault(name, []).append(part.__name__)
    hidden = {name: found for name, found in owners.items() if len(found) > 1 and found[-1] != parts[-1].__name__}
    assert hidden == {}


def calls_super(function: object) -> bool:
    return "super" in getattr(getattr(function, "__code__", None), "co_names", ())
