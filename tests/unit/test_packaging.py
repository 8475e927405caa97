"""What is built and published: code and nothing else, and a new version for every change."""

import re
import shutil
from pathlib import Path

import pytest
from cfnlint.schema.manager import (  # type: ignore[import-untyped]  # cfn-lint has no types
    PROVIDER_SCHEMA_MANAGER,
)

from tests.unit.deployed import (
    BY_EVENT,
    ROOT,
    TEMPLATE,
    functions,
    source,
    transformed,
)
from twin.account import REGION


def test_the_state_machine_calls_published_versions() -> None:
    machine = source()["Resources"]["ReleaseStateMachine"]["Properties"]
    called = set(functions()) - set(BY_EVENT)
    assert machine["DefinitionSubstitutions"] == {
        "Partition": {"Ref": "AWS::Partition"},
        **{name: {"Ref": f"{name}.Version"} for name in called},
    }


@pytest.mark.parametrize("layer", ["penstock/penstock/domain/gate.py", "dependencies/new.txt"])
def test_a_changed_layer_publishes_every_function_anew(layer: str, tmp_path: Path) -> None:
    before = versions(copy(tmp_path / "before"))
    changed = copy(tmp_path / "after")
    with (changed.parent / "layers" / layer).open("a") as file:
        file.write("# another line\n")
    after = versions(changed)
    assert set(before) == set(after) == set(functions())
    assert [name for name in before if before[name] == after[name]] == []


def test_nothing_changed_publishes_nothing(tmp_path: Path) -> None:
    assert versions(copy(tmp_path / "one")) == versions(copy(tmp_path / "two"))


def test_a_changed_description_is_another_version_for_cloudformation() -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, "AWS::Lambda::Version").schema
    assert "/properties/Description" in schema["createOnlyProperties"]


def copy(folder: Path) -> Path:
    for name in ("functions", "layers", "statemachine"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return Path(shutil.copy(TEMPLATE, folder))


def versions(template: Path) -> dict[str, object]:
    """Function -> description of its version, which names the layers' versions."""
    return {
        r["Properties"]["FunctionName"]["Ref"]: r["Properties"]["Description"]
        for r in transformed(template).values()
        if r["Type"] == "AWS::Lambda::Version"
    }


def test_only_code_lies_where_the_builder_copies_everything() -> None:
    folders = [ROOT / "layers" / "penstock", *(ROOT / "functions").iterdir()]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    odd = [f for f in files if f.suffix not in {".py", ".pyc"} and f.name != "py.typed"]
    assert odd == []
    assert [f.name for f in (ROOT / "layers" / "dependencies").iterdir()] == ["requirements.txt"]


def test_the_deployed_packages_are_those_that_the_tests_run_on() -> None:
    deployed = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text().split()
    locked = set(re.findall(r"^\S+==[^\s;]+", (ROOT / "requirements.lock").read_text(), re.M))
    assert deployed
    assert [package for package in deployed if package not in locked] == []
