"""What a function carries: it imports what it uses, and builds no model that it does not touch."""

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cold.deployed import LAYERS, ROOT, link_packages, zipped_sizes
from layers.compile_built import compile_layer

FUNCTIONS = sorted(folder.name for folder in (ROOT / "functions").iterdir())
PLANNING = ("domain.planning.plan", "domain.policy.policy", "domain.strategies")
DECIDING = (*PLANNING, "domain.reviewing")
ACTS = {"shift_traffic", "roll_back"}
"""Between harm and its end lie a halt and one of these: they start from the least."""
FOREIGN = ("boto3", "s3transfer", "awscrt", "cryptography")
MEGABYTES = 6.5

_IMPORT = """
import json, sys
import app
from pydantic import BaseModel

def models(of):
    for model in of.__subclasses__():
        yield model
        yield from models(model)

ours = [m for m in models(BaseModel) if m.__module__.startswith("penstock.")]
built = [f"{m.__module__}.{m.__name__}" for m in ours if m.__pydantic_complete__]
found = {"modules": sorted(sys.modules), "models": len(ours), "built": sorted(set(built))}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    link_packages(folder)
    return folder


@cache
def carried(function: str, packages: Path) -> dict[str, Any]:
    """What is there after its handler was imported, with the packages that Lambda has."""
    path = ":".join(map(str, (ROOT / "functions" / function, LAYERS / "penstock", packages)))
    done = subprocess.run(  # noqa: S603  # our own modules
        [sys.executable, "-S", "-c", _IMPORT],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def of_ours(function: str, packages: Path) -> list[str]:
    modules = carried(function, packages)["modules"]
    return [m.removeprefix("penstock.") for m in modules if m.startswith("penstock.")]


def below(modules: list[str], *rooms: str) -> list[str]:
    return [m for m in modules if any(m == room or m.startswith(f"{room}.") for room in rooms)]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_no_package_that_it_can_do_without(
    function: str, packages: Path
) -> None:
    modules = carried(function, packages)["modules"]
    assert [m for m in modules if m.partition(".")[0] in FOREIGN] == []


def test_a_halt_knows_the_ledger_and_nothing_of_plans_or_judging(packages: Path) -> None:
    modules = of_ours("halt_release", packages)
    judging = ("domain.judging", "domain.planning", "domain.kinds", "domain.policy")
    assert below(modules, *DECIDING, *judging) == []
    assert below(modules, "usecases") == ["usecases", "usecases.halt", "usecases.revoking"]
    assert below(modules, "adapters.alarms", "adapters.announcer", "adapters.endpoints") == []
    assert len(modules) <= 60


@pytest.mark.parametrize("function", sorted(ACTS))
def test_what_moves_shares_knows_no_plan_policy_or_alarm(function: str, packages: Path) -> None:
    modules = of_ours(function, packages)
    assert below(modules, *DECIDING, "domain.kinds.table") == []
    assert below(modules, "adapters.alarms", "adapters.scaling", "adapters.evidence") == []
    assert len(modules) <= 126


def test_a_claim_and_a_look_know_no_plan_and_no_policy(packages: Path) -> None:
    for function in ("claim_endpoint", "look_at_endpoint"):
        modules = of_ours(function, packages)
        assert below(modules, *PLANNING, "domain.kinds.table") == []


@pytest.mark.parametrize(
    ("adapter", "functions"),
    [
        ("evidence", {"judge_stage", "plan_release"}),
        ("archive", {"claim_endpoint", "judge_stage"}),
        ("records", {"claim_endpoint", "judge_stage", "review_package"}),
        ("serving", {"stage_candidate", "promote_candidate", "settle_release", *ACTS}),
        ("scaling", {"stage_candidate", "promote_candidate", "plan_release", "settle_release"}),
        ("sightings", {"settle_release"}),
    ],
)
def test_an_adapter_is_imported_where_it_is_used(
    adapter: str, functions: set[str], packages: Path
) -> None:
    found = {f for f in FUNCTIONS if below(of_ours(f, packages), f"adapters.{adapter}")}
    assert found == functions


BUILT = {
    *("AlarmChanged", "PackageChanged", "ExecutionEnded"),  # in a union that a handler validates
    "RollbackCause",  # a constant
}
"""Models that are needed as soon as their module is."""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_other_model_is_built_before_it_is_used(function: str, packages: Path) -> None:
    found = carried(function, packages)
    assert found["models"]
    assert {name.rpartition(".")[2] for name in found["built"]} <= BUILT


def test_the_layers_are_small() -> None:
    assert sum(zipped_sizes().values()) <= MEGABYTES * 1e6


def test_a_layer_is_compiled_alike_on_every_machine(tmp_path: Path) -> None:
    """Another zip would be another version of every function (decision 7)."""
    for place in ("here", "there"):
        shutil.copytree(LAYERS / "penstock" / "penstock" / "domain", tmp_path / place / "domain")
        assert compile_layer(tmp_path / place)
    here, there = (
        {f.relative_to(tmp_path / place): f.read_bytes() for f in compiled(tmp_path / place)}
        for place in ("here", "there")
    )
    assert here
    assert here == there


def compiled(folder: Path) -> list[Path]:
    return [f for f in folder.rglob("*.pyc") if f.parent.parent.name == "domain"]
