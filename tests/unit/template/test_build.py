"""What `sam build` makes: our code and its packages, for the functions' interpreter, no more."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
INTERPRETER = "python3.13"
PACKAGES = ("aws_lambda_powertools", "jmespath", "pydantic", "pydantic_core")


def interpreter() -> Path | None:
    """The functions' interpreter, which `sam build` insists on: on the path, or kept by pyenv."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which(INTERPRETER), *sorted(kept.glob(f"3.13.*/bin/{INTERPRETER}"))]
    for candidate in candidates:
        if candidate and _runs(candidate):
            return Path(candidate)
    return None


def _runs(candidate: str | Path) -> bool:
    """Pyenv's shims are there for interpreters that are not switched on, too."""
    done = subprocess.run(  # noqa: S603
        [candidate, "--version"], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("build"))


def build(folder: Path, *arguments: str) -> Path:
    """Run `sam build` in a folder; answers where its output is."""
    found = interpreter()
    if found is None:
        pytest.skip(f"sam build needs {INTERPRETER}")
    template = str(ROOT / "template.yaml")
    command = [sys.executable, "-m", "samcli", "build", "--template", template, *arguments]
    environment = os.environ | {
        "PATH": f"{found.parent}:{os.environ['PATH']}",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "SAM_CLI_TELEMETRY": "0",
    }
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / ".aws-sam" / "build"


def test_a_function_is_one_module(built: Path) -> None:
    functions = sorted(built.glob("*Function"))
    assert len(functions) == len(list((ROOT / "functions").iterdir()))
    for function in functions:
        assert [file.name for file in function.iterdir()] == ["app.py"]


def test_the_layers_hold_our_code_and_its_packages(built: Path) -> None:
    ours = {path.name for path in (built / "PenstockLayer" / "python").iterdir()}
    assert ours == {"penstock"}
    packages = {path.name for path in (built / "DependenciesLayer" / "python").iterdir()}
    assert set(PACKAGES) <= packages
    assert not {"boto3", "botocore", "moto"} & packages


def test_compiled_parts_are_for_the_functions_processor(built: Path) -> None:
    assert compiled_for(built) == {"313-aarch64"}


def test_compiled_parts_follow_the_parameter(tmp_path: Path) -> None:
    parameter = ("--parameter-overrides", "Architecture=x86_64")
    assert compiled_for(build(tmp_path, "DependenciesLayer", *parameter)) == {"313-x86_64"}


def compiled_for(built: Path) -> set[str]:
    """The interpreter and processor in the names of all compiled parts."""
    names = [path.name for path in (built / "DependenciesLayer").rglob("*.so")]
    return {name for each in names for name in re.findall(r"cpython-(313-\w+?)-linux", each)}


def test_no_twin_no_tests_and_no_documents_are_deployed(built: Path) -> None:
    folders = [built / "PenstockLayer", *built.glob("*Function")]
    deployed = (path for folder in folders for path in folder.rglob("*"))
    names = {path.name for path in deployed if "descriptions" not in path.parts}
    assert not {"twin", "tests", "examples", "docs", "events", "benchmarks"} & names
    assert not [name for name in names if name.endswith((".md", ".json", ".pyc"))]
