"""What a state may change of the document, and that types hold it to that."""

import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

from penstock.domain.execution.run import Changes, Run

ROOT = Path(__file__).parents[3]
STAYS = {"schema_version", "execution", "started_at"}
"""An execution begins with these and ends with them."""
ROUTE = {"next", "wait_seconds"}
"""`then` sets these by its own arguments."""

TRANSITIONS = """\
from penstock.domain.execution.run import Run

def test(run: Run) -> None:
    run.but(stuck=True, comparison=None).then("look", 3, outcome="promoted")
    run.then("look", phaze=None)
    run.then("loook")
    run.then("look", outcome="well")
    run.then("look", position="7")
    run.then("look", execution="another")
    run.but(stuck=3)
    run.but(next="look")
"""
FIRST_REFUSED, LAST_REFUSED = 5, 11


def test_each_change_is_a_field_of_the_document_with_the_same_type() -> None:
    fields = get_type_hints(Run)
    changes = get_type_hints(Changes)
    assert changes == {name: fields[name] for name in changes}
    assert Run.model_fields.keys() - changes == STAYS | ROUTE


def test_mypy_refuses_a_change_of_another_name_or_type(tmp_path: Path) -> None:
    (tmp_path / "transitions.py").write_text(TRANSITIONS)
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--hide-error-context"]
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path)]
    done = subprocess.run(  # noqa: S603  # our own module
        [*command, *settings, str(tmp_path / "transitions.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line.split(":") for line in done.stdout.splitlines() if ": error: " in line]
    refused = [int(number) for _, number, *_ in errors]
    assert refused == list(range(FIRST_REFUSED, LAST_REFUSED + 1)), done.stdout + done.stderr
