"""What is built and published: code and nothing else, and a new version for every change."""

import re
import tomllib
from pathlib import Path

import pytest
from cfnlint.schema.manager import (  # type: ignore[import-untyped]  # cfn-lint has no types
    PROVIDER_SCHEMA_MANAGER,
)

from layers.make_descriptions import FOLDER as DESCRIPTIONS
from tests.worlds.deployed import (
    BY_EVENT,
    ROOT,
    functions,
    of_type,
    resources,
    source,
    transformed,
)
from tests.worlds.redeployed import Change, copied, longer, otherwise
from twin.core.account import REGION


def test_the_state_machine_calls_published_versions() -> None:
    machine = source()["Resources"]["ReleaseStateMachine"]["Properties"]
    called = set(functions()) - set(BY_EVENT)
    assert machine["DefinitionSubstitutions"] == {
        "Partition": {"Ref": "AWS::Partition"},
        **{name: {"Ref": f"{name}.Version"} for name in called},
    }


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(longer("layers/penstock/penstock/domain/ledger/gate.py"), id="shared-code"),
        pytest.param(longer("layers/dependencies/requirements.txt"), id="dependencies"),
        pytest.param(otherwise("MemorySize: 512", "MemorySize: 1024"), id="memory"),
        pytest.param(otherwise("Runtime: python3.13", "Runtime: python3.14"), id="runtime"),
        pytest.param(otherwise("Tracing: Active", "Tracing: PassThrough"), id="tracing"),
        pytest.param(otherwise("Handler: app.", "Handler: application."), id="handler"),
        pytest.param(otherwise("ACCOUNT_ID:", "ACCOUNT:"), id="environment"),
    ],
)
def test_what_changes_every_function_publishes_every_function(
    change: Change, tmp_path: Path
) -> None:
    before, after = deployments(tmp_path, change)
    assert [name for name in before if before[name] == after[name]] == []


def test_a_changed_timeout_publishes_the_functions_that_have_it(tmp_path: Path) -> None:
    before, after = deployments(tmp_path, otherwise("    Timeout: 60", "    Timeout: 50"))
    same = [name for name in before if before[name] == after[name]]
    assert sorted(same) == ["AskGoldenFunction", "ReconcileFunction", "SweepFunction"]


def test_one_changed_handler_publishes_its_own_function(tmp_path: Path) -> None:
    before, after = deployments(tmp_path, longer("functions/judge_stage/app.py"))
    assert [name for name in before if before[name] != after[name]] == ["JudgeStageFunction"]


def test_nothing_changed_publishes_nothing(tmp_path: Path) -> None:
    before, after = deployments(tmp_path, lambda _root: None)
    assert before == after


def test_a_version_is_kept_when_it_is_removed_and_when_it_is_replaced() -> None:
    """Removed: SAM gave the next one another name. Replaced: the layers' or the role's changed."""
    versions = [r for r in resources().values() if r["Type"] == "AWS::Lambda::Version"]
    assert len(versions) == len(functions())
    assert {(r["DeletionPolicy"], r["UpdateReplacePolicy"]) for r in versions} == {
        ("Retain", "Retain")
    }


def test_the_roles_of_versions_and_executions_are_kept_when_they_are_replaced() -> None:
    roles = {n: r for n, r in resources().items() if r["Type"] == "AWS::IAM::Role"}
    called = {f"{name}Role" for name in set(functions()) - set(BY_EVENT)}
    for name in {*called, "ReleaseStateMachineRole"}:
        assert (name, roles[name].get("UpdateReplacePolicy")) == (name, "Retain")


def test_a_rule_has_no_name_of_its_own() -> None:
    """It has its function's policy: one of another name would stay, and send events twice."""
    rules = of_type("AWS::Events::Rule")
    assert {name: rule.get("Name") for name, rule in rules.items()} == dict.fromkeys(rules)


def test_a_version_names_what_a_reference_hides() -> None:
    """SAM compares texts, and sees no other layer or role behind the same name."""
    for name, version in of_type("AWS::Lambda::Version").items():
        function = version["FunctionName"]["Ref"]
        layers = [layer["Ref"] for layer in functions()[function]["Layers"]]
        named = " ".join(f"${{{each}}}" for each in (*layers, f"{function}Role.RoleId"))
        assert (name, version["Description"]) == (name, {"Fn::Sub": named})


def test_a_changed_description_is_another_version_for_cloudformation() -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, "AWS::Lambda::Version").schema
    assert "/properties/Description" in schema["createOnlyProperties"]


def test_the_description_of_a_version_fits_where_names_are_longest() -> None:
    layer = "arn:aws-iso-b:lambda:us-gov-northeast-1:123456789012:layer:DependenciesLayer:100000"
    assert len(f"{layer} {layer} AROA{'X' * 17}") <= 256


def deployments(folder: Path, change: Change) -> tuple[dict[str, object], dict[str, object]]:
    """Function -> the logical id of its version, before a change of the sources and after it."""
    return versions(copied(folder / "before")), versions(copied(folder / "after", change))


def versions(template: Path) -> dict[str, object]:
    return {
        r["Properties"]["FunctionName"]["Ref"]: name
        for name, r in transformed(template).items()
        if r["Type"] == "AWS::Lambda::Version"
    }


def test_only_code_lies_where_the_builder_copies_everything() -> None:
    folders = [ROOT / "layers" / "penstock", *(ROOT / "functions").iterdir()]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    odd = [f for f in files if f.suffix not in {".py", ".pyc"} and f.name != "py.typed"]
    assert [f for f in odd if not f.is_relative_to(DESCRIPTIONS)] == []
    assert [f.name for f in (ROOT / "layers" / "dependencies").iterdir()] == ["requirements.txt"]


def test_the_deployed_packages_are_those_that_the_tests_run_on() -> None:
    deployed = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text().split()
    locked = set(re.findall(r"^\S+==[^\s;]+", (ROOT / "requirements.lock").read_text(), re.M))
    assert deployed
    assert [package for package in deployed if package not in locked] == []


def test_the_command_line_is_a_distribution_of_its_own_on_top_of_the_layers() -> None:
    layer, command = (
        tomllib.loads((ROOT / path).read_text())["project"]
        for path in ("pyproject.toml", "cli/pyproject.toml")
    )
    assert command["dependencies"] == [f"{layer['name']}=={layer['version']}"]
    assert command["version"] == layer["version"]
    assert "scripts" not in layer
