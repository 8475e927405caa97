"""Who may know whom: the layers of the deployed code, held by its imports."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.domain.kinds import table as kinds_table
from penstock.domain.kinds.kind import Kind
from penstock.domain.kinds.table import KINDS
from penstock.domain.strategies import table as strategies_table
from penstock.domain.strategies.strategy import Strategy
from penstock.domain.strategies.table import STRATEGIES

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "layers"
PENSTOCK = LAYERS / "penstock" / "penstock"
CLI = ROOT / "cli" / "penstock_cli"
FUNCTIONS = ROOT / "functions"

# The parts of the standard library that read no clock, no environment and no chance.
PURE = (
    "__future__",
    *(
        "base64",
        "bisect",
        "collections",
        "contextlib",
        "dataclasses",
        "datetime",
        "decimal",
        "difflib",
        "fnmatch",
    ),
    *("functools", "hashlib", "itertools", "json", "math", "re", "typing", "urllib.parse"),
)
PYDANTIC = ("pydantic", "pydantic_core")
POWERTOOLS = ("aws_lambda_powertools",)
DOMAIN = ("penstock.domain",)
PORTS = ("penstock.ports",)
USECASES = ("penstock.usecases",)
CONTRACTS = (
    "penstock.entries.contracts",
    "penstock.entries.package_event",
    "penstock.entries.starts",
)
ENTRIES = (
    *("penstock.entries.entry", "penstock.entries.tasks"),
    *(
        "penstock.entries.halt_events",
        "penstock.entries.reconcile_events",
        "penstock.entries.review_events",
    ),
)

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "domain": (*PURE, *PYDANTIC, "jmespath", *DOMAIN),
    "usecases": (*PURE, *DOMAIN, *PORTS, *USECASES),
    # Clients are passed in.
    "adapters": (
        *(*PURE, *PYDANTIC, *DOMAIN, *PORTS, "penstock.adapters"),
        *("botocore.exceptions", "botocore.parsers.ResponseParserError"),
    ),
    "ports": (*PURE, *PYDANTIC, *DOMAIN, *PORTS),
    "contracts": (*PURE, *PYDANTIC, *DOMAIN),
    "package_event": (*PURE, *PYDANTIC, *DOMAIN),
    "review_events": (*PURE, *DOMAIN, *CONTRACTS),
    "starts": (*PURE, *PYDANTIC, *DOMAIN),
    "environment": (*PURE, *PYDANTIC, *DOMAIN),
    "halt_events": (*PURE, *PYDANTIC, *DOMAIN, *CONTRACTS, *PORTS, *USECASES),
    "reconcile_events": (*PURE, *PYDANTIC, *DOMAIN, *CONTRACTS, *PORTS, *USECASES),
    "entry": (*PURE, *POWERTOOLS),
    "tasks": (*PURE, *POWERTOOLS, *DOMAIN, *PORTS, "penstock.entries.entry"),
    "bootstrap": (
        *(*PURE, "os", "pathlib", "time"),
        *(
            "botocore.__version__",
            "botocore.config",
            "botocore.credentials",
            "botocore.loaders",
            "botocore.session",
        ),
        *("penstock.environment", "penstock.adapters.stack_settings"),
    ),
    "wiring": (
        *(*PURE, *DOMAIN, *PORTS, *USECASES, *CONTRACTS, *ENTRIES),
        *("penstock.adapters", "penstock.bootstrap", "penstock.wiring"),
    ),
    "functions": (
        *(*PURE, *POWERTOOLS, *DOMAIN, *USECASES, *CONTRACTS, *ENTRIES),
        *("penstock.bootstrap", "penstock.wiring"),
    ),
    # Run by people on their own machine: files, arguments, seeded chance; no AWS.
    "cli": (
        *(*PURE, *DOMAIN, "penstock_cli", "argparse", "copy", "csv", "io", "pathlib"),
        *("random", "sys", "textwrap", "xml.sax.saxutils"),
    ),
    "entries": (),
    "__init__": (),
}
AROUND = re.compile(
    r"\b(__import__|import_module|environ|getenv|datetime\.(now|utcnow|today)|date\.today)$"
)
HANDLER_LINES = 30


JUDGING = ("penstock.domain.judging", "penstock.domain.errors", "penstock.domain.moments")
"""All that judging knows of the domain: no policy, no plan and no serving kind."""


def layer_of(module: Path) -> str:
    if module.is_relative_to(FUNCTIONS):
        return "functions"
    if module.is_relative_to(CLI):
        return "cli"
    parts = module.relative_to(PENSTOCK).parts
    # Each entry has arrows of its own.
    own = parts[0] == "entries" and module.stem != "__init__"
    return module.stem if own else parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def smuggled(tree: ast.AST) -> Iterator[str]:
    """Ways around an import, and the clock inside an allowed module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and AROUND.search(ast.unparse(node)):
            yield f"uses {ast.unparse(node)}"


def offences(text: str, layer: str) -> list[str]:
    tree = ast.parse(text)
    allowed = MAY_IMPORT[layer]
    foreign = [
        f"imports {name}"
        for name in imported(tree)
        if not any(name == each or name.startswith(f"{each}.") for each in allowed)
    ]
    return foreign + ([] if layer == "bootstrap" else list(smuggled(tree)))


def modules() -> list[Path]:
    return sorted(file for root in (PENSTOCK, CLI, FUNCTIONS) for file in root.rglob("*.py"))


def name_of(module: Path) -> str:
    root = next(root for root in (PENSTOCK, CLI, FUNCTIONS) if module.is_relative_to(root))
    parts = module.relative_to(root.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("module", modules(), ids=name_of)
def test_a_module_imports_only_what_its_layer_may_know(module: Path) -> None:
    assert offences(module.read_text(), layer_of(module)) == []


@pytest.mark.parametrize(
    "module", sorted((PENSTOCK / "domain" / "judging").glob("*.py")), ids=name_of
)
def test_judging_knows_of_the_domain_only_itself_and_its_errors(module: Path) -> None:
    known = [name for name in imported(ast.parse(module.read_text())) if "penstock" in name]
    assert [name for name in known if not name.startswith(JUDGING)] == []


TAKES_KEYS_APART = {
    "penstock.domain.ledger.place",
    "penstock.domain.ledger.gate",  # says which place a gate is of
    "penstock.adapters.ledger",  # stores a place
}
ON_TEXT = {
    *("partition", "rpartition", "split", "rsplit", "startswith", "endswith", "casefold"),
    *("lower", "upper", "removeprefix", "removesuffix", "replace", "join", "format"),
}


HELD = re.compile(r"(\w+\.)*(gate|run|seen)\.(the_)?key")
ANY = re.compile(r"(\w+\.)*(the_)?key")


def liberties(text: str) -> list[str]:
    """What is done with a key beside handing it on; any `key` is one where a module types it."""
    tree = ast.parse(text)
    key = ANY if "penstock.domain.ledger.place.Key" in imported(tree) else HELD
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == "place_of")
        or (isinstance(node, ast.Attribute) and node.attr in ON_TEXT and _is(key, node.value))
        or (isinstance(node, ast.Subscript) and _is(key, node.value))
    ]


def _is(key: re.Pattern[str], node: ast.expr) -> bool:
    return key.fullmatch(ast.unparse(node)) is not None


@pytest.mark.parametrize("module", modules(), ids=name_of)
def test_a_key_of_the_ledger_is_opaque(module: Path) -> None:
    """How a place is written stands in one module; a gate tells its place."""
    assert name_of(module) in TAKES_KEYS_APART or liberties(module.read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "place_of(key)",
        "from penstock.domain.ledger.place import Key\nkey.split('/')",
        "gate.key.split('/')",
        "self.run.the_key.lower()",
        "gate.key[0]",
    ],
)
def test_taking_a_key_apart_is_noticed(text: str) -> None:
    assert liberties(text) != []


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        ("domain", "import os"),
        ("domain", "import time"),
        ("domain", "import random"),
        ("domain", "import boto3"),
        ("domain", "from penstock import bootstrap"),
        ("domain", "from penstock.ports import Clock"),
        ("domain", "def f():\n    import boto3"),
        ("domain", "from datetime import datetime\nx = datetime.now()"),
        ("usecases", "import datetime\nx = datetime.datetime.now(datetime.UTC)"),
        ("usecases", "from penstock.adapters.ledger import DynamoLedger"),
        ("usecases", "from aws_lambda_powertools import Logger"),
        ("adapters", "import boto3"),
        ("adapters", "from botocore.session import Session"),
        ("bootstrap", "import boto3"),
        ("adapters", "from penstock.usecases.moving.act import Act"),
        ("entry", "from os import environ"),
        ("bootstrap", "import twin"),
        ("bootstrap", "import requests"),
        ("bootstrap", "from penstock.usecases.halt import HaltRelease"),
        ("wiring", "import boto3"),
        ("wiring", "import os"),
        ("functions", "import boto3"),
        ("functions", "from functions.reconcile import app"),
        ("functions", "from penstock.adapters.ledger import DynamoLedger"),
        ("functions", "import importlib\nimportlib.import_module('twin')"),
        ("functions", "from . import app"),
        ("functions", "from penstock_cli.main import main"),
        ("cli", "from penstock.usecases.moving.act import Act"),
        ("cli", "import boto3"),
    ],
)
def test_the_check_sees_what_it_is_for(layer: str, text: str) -> None:
    assert offences(text, layer) != []


KIND_LINES = {n: v.name for n, v in vars(kinds_table).items() if isinstance(v, Kind)}
STRATEGY_LINES = {n: v.name for n, v in vars(strategies_table).items() if isinstance(v, Strategy)}
NAMES = {*KINDS, *STRATEGIES}
LINES = {*KIND_LINES, *STRATEGY_LINES}
TABLES = {
    *("domain/kinds/table.py", "domain/strategies/table.py", "adapters/serving/table.py"),
    "domain/ledger/place.py",  # its kinds are of places, and a name of batch jobs is one
}
MAY_ASK_BY_NAME = {
    # A first release has nothing to compare with, whatever its strategy.
    ("domain/planning/planning.py", "ALL_AT_ONCE"),
}
CONTENTS = {"Variants", "Pointer"}


def own_names(file: str) -> set[str]:
    """Names of the kind or the strategy that a file is of, and the constant of its line."""
    module = Path(file).stem
    if not file.startswith(("domain/kinds/", "domain/strategies/")):
        return set()
    lines = {n for n, v in {**KIND_LINES, **STRATEGY_LINES}.items() if n.lower() in {module, v}}
    own = {"asynchronous": "ASYNC"}.get(module)
    lines |= {own} if own else set()
    return lines | {(KIND_LINES | STRATEGY_LINES)[line] for line in lines}


def branches(text: str, file: str = "") -> list[str]:
    """What goes by the name of a kind or a strategy, by a stage's act, or by a content's class."""
    foreign = (NAMES | LINES) - own_names(file)
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Compare() | ast.MatchValue() | ast.Dict():
                named = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}
                found += [ast.unparse(node)] if named & foreign else []
            case ast.Name(id=name) if name in LINES & foreign:
                found.append(name)
            case ast.Call(func=ast.Name(id="isinstance")):
                classes = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                found += [ast.unparse(node)] if classes & CONTENTS else []
        found += [each for each in _asked_of(node) if each.endswith(".act")]
    return found


def _asked_of(node: ast.AST) -> Iterator[str]:
    """What a comparison, a match, a condition or an assignment is about."""
    asked: list[ast.expr] = []
    if isinstance(node, ast.Compare):
        asked = [node.left, *node.comparators]
    if isinstance(node, ast.Match):
        asked = [node.subject]
    if isinstance(node, ast.Assign):
        asked = [node.value]
    yield from (ast.unparse(each) for each in asked if isinstance(each, ast.Attribute))


def test_nothing_asks_for_a_kind_or_a_strategy_by_its_name() -> None:
    """A new one is its own files and a line in a table, and no branch anywhere else."""
    others = {f: t for f, t in texts(PENSTOCK).items() if f not in TABLES}
    found = {(file, each) for file, text in others.items() for each in branches(text, file)}
    contents = {pair for pair in found if pair[0] == "domain/ledger/content.py"}
    assert all("isinstance" in each for _, each in contents)
    assert found - contents == MAY_ASK_BY_NAME


@pytest.mark.parametrize(
    "body",
    [
        'x = kind == "serverless"',
        'if strategy in ("ab", "shadow"): pass',
        'if "canary" != rollout.strategy: pass',
        'match kind:\n    case "batch":\n        pass',
        "x = stage.act == other",
        "match stage.act:\n    case _:\n        pass",
        'x = "promote" == stage.act',
        "act = stage.act",
        'x = {"serverless": 1}.get(kind)',
        "x = strategy is CANARY",
        "x = kind.name == SERVERLESS.name",
        "x = isinstance(content, Pointer)",
    ],
)
def test_the_check_sees_a_branch(body: str) -> None:
    assert branches(body) != []


LOCK = "usecases/moving/lock.py"
ACQUIRING = {"acquire", "hold_at_rest"}
GIVING_BACK = {"release_lock"}
HOLDERS = {
    "usecases/moving/act.py",
    "usecases/settling/settle.py",
    "usecases/settling/chores.py",
}
CHANGES = re.compile(
    r"(serving\.(forward|shift|tidy|remove)|retiring\.retire|scaling\.(suspend|resume))$"
)
CALLED_INSIDE = {
    # Act makes the call that these decide on.
    *("usecases/moving/advance.py", "usecases/moving/swap.py"),
    *("usecases/moving/way_back.py", "usecases/moving/repair.py"),
    # Settle and Chores call these with the lock held.
    *("usecases/settling/cleanup.py", "usecases/settling/resume.py"),
    "usecases/settling/dismiss.py",
}


def calls(text: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def texts(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(PENSTOCK).as_posix(): file.read_text()
        for file in sorted(folder.rglob("*.py"))
    }


def test_only_its_holders_ask_for_the_lock_and_only_one_file_gives_it_back() -> None:
    """The writes that end a release take the lock away too; they stand in `domain/protocol`."""
    usecases = texts(PENSTOCK / "usecases")

    def that_call(names: set[str]) -> set[str]:
        return {file for file, text in usecases.items() if {*map(called, calls(text))} & names}

    assert that_call(ACQUIRING) == HOLDERS
    assert that_call(GIVING_BACK) == {LOCK}


@pytest.mark.parametrize("holder", sorted(HOLDERS))
def test_a_holder_writes_no_acquiring_write_but_hands_it_to_the_lock(holder: str) -> None:
    tree = ast.parse((PENSTOCK / holder).read_text())
    assigned = {
        ast.unparse(node.targets[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and called(node.value) in ACQUIRING
    }
    held = {
        ast.unparse(node.args[1])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) == "hold" and len(node.args) > 1
    }
    used = [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in assigned
    ]
    assert set(used) == held == assigned
    assert len(used) == 1


def test_what_changes_an_endpoint_is_called_where_the_lock_is_held() -> None:
    changing = {
        file
        for file, text in texts(PENSTOCK / "usecases").items()
        if any(CHANGES.search(ast.unparse(call.func)) for call in calls(text))
    }
    assert changing == CALLED_INSIDE


CHECKED_BY_TYPE = {"changes"}
"""What `Run.but` and `Run.then` pass on: mypy knows each of them (test_changes.py)."""


def fields_of(model: ast.ClassDef) -> set[str]:
    return {ast.unparse(node.target) for node in model.body if isinstance(node, ast.AnnAssign)}


def odd_copies(text: str) -> list[str]:
    """Copies that are not made by the class itself, or with what is no field of it."""
    copies = [call for call in calls(text) if called(call) == "model_copy"]
    models = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
    checked = {
        call.lineno
        for model in models
        for call in copies
        if model.lineno < call.lineno <= (model.end_lineno or 0) and copies_itself(call, model)
    }
    return [ast.unparse(call) for call in copies if call.lineno not in checked]


def copies_itself(call: ast.Call, model: ast.ClassDef) -> bool:
    updates = [keyword.value for keyword in call.keywords if keyword.arg == "update"]
    whole = ast.unparse(call.func) == "self.model_copy" and not call.args
    return whole and all(isinstance(each, ast.Dict) and known(each, model) for each in updates)


def known(update: ast.Dict, model: ast.ClassDef) -> bool:
    fields = fields_of(model)
    return all(
        ast.unparse(value) in CHECKED_BY_TYPE
        if key is None
        else isinstance(key, ast.Constant) and key.value in fields
        for key, value in zip(update.keys, update.values, strict=True)
    )


def test_only_a_class_copies_itself_and_only_with_its_own_fields() -> None:
    """pydantic checks neither names nor types of a copy's changes, so each has a typed method."""
    assert [file for file, text in texts(PENSTOCK).items() if odd_copies(text)] == []


@pytest.mark.parametrize(
    "body",
    [
        "return other.model_copy(update={'size': 1})",
        "return self.model_copy(update={'sise': 1})",
        "return self.model_copy(update=changes)",
        "return self.model_copy(update={**values})",
        "return self.model_copy(update={name: 1})",
    ],
)
def test_the_check_sees_a_copy_that_nothing_checks(body: str) -> None:
    assert odd_copies(f"class Box:\n    size: int\n    def f(self):\n        {body}")


@pytest.mark.parametrize("function", sorted(FUNCTIONS.iterdir()), ids=lambda path: path.name)
def test_a_function_is_one_short_module_that_wires(function: Path) -> None:
    assert [file.name for file in function.iterdir() if file.name != "__pycache__"] == ["app.py"]
    assert len((function / "app.py").read_text().splitlines()) <= HANDLER_LINES


READS_NO_SETTINGS = {"halt_release", "watch_stage"}
"""Beside tasks: a halt and a watch wait for no parameter, so there is no level to set."""


@pytest.mark.parametrize("function", sorted(FUNCTIONS.iterdir()), ids=lambda path: path.name)
def test_a_function_that_reads_the_settings_sets_their_log_level(function: Path) -> None:
    """A task does so by `task`; the other handlers name it before their line in the log."""
    text = (function / "app.py").read_text()
    names = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
    assert bool(names & {"task", "set_level"}) is (function.name not in READS_NO_SETTINGS)


def test_nothing_deployed_knows_of_its_local_run() -> None:
    sources = [*modules(), *(ROOT / "statemachine").iterdir(), ROOT / "template.yaml"]
    known = re.compile(r"\b(twin|moto|localstack|examples)\b", re.IGNORECASE)
    assert [str(file) for file in sources if known.search(file.read_text())] == []


# Refuses what an import must not do. An audit hook cannot be taken away again.
_IMPORT = """
import importlib, os, sys
import boto3
import botocore.session

def refuse(event, arguments):
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & writing
    if opened or event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.mkdir"}:
        raise RuntimeError(f"{event} {arguments}")

def no_session(*_, **__):
    raise RuntimeError("made a session")

botocore.session.Session.__init__ = no_session
sys.addaudithook(refuse)
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def import_alone(*names: str, path: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "-W", "error", "-c", _IMPORT, *names]
    return subprocess.run(  # noqa: S603  # our own modules
        command, env={"PYTHONPATH": path}, cwd="/", capture_output=True, text=True, check=False
    )


def test_modules_import_without_environment_and_without_side_effects() -> None:
    done = import_alone(*map(name_of, modules()), path=f"{PENSTOCK.parent}:{CLI.parent}:{ROOT}")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize(
    "text",
    [
        "import boto3\nboto3.client('s3')",
        "import os\nos.environ['AWS_REGION']",
        "open('left-behind', 'w')",
        "import subprocess\nsubprocess.run(['true'])",
        "import socket\nsocket.create_connection(('127.0.0.1', 9))",
    ],
)
def test_the_import_sees_what_it_is_for(text: str, tmp_path: Path) -> None:
    (tmp_path / "careless.py").write_text(text)
    assert import_alone("careless", path=str(tmp_path)).returncode == 1


def test_no_tracked_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    tracked = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    folder = re.compile(rb"(?<![\w./-])/(work|farm|root|home)/")
    found = [str(f) for f in tracked if f.is_file() and folder.search(f.read_bytes())]
    assert found == []


# A name that two modules may define, and why.
TWICE: dict[str, str] = {}


def defined(module: Path) -> Iterator[str]:
    """The public names that a module defines at its top."""
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [n.id for each in targets for n in ast.walk(each) if isinstance(n, ast.Name)]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def test_no_public_name_is_defined_twice_in_the_deployed_code() -> None:
    """Nor in the command line: a name that means two things is looked up wrongly."""
    homes: dict[str, list[str]] = {}
    for module in [*PENSTOCK.rglob("*.py"), *CLI.rglob("*.py")]:
        for name in defined(module):
            homes.setdefault(name, []).append(name_of(module))
    assert {
        name: where for name, where in homes.items() if len(where) > 1 and name not in TWICE
    } == {}
