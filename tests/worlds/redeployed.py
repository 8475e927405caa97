"""The sources of a later deployment: a copy of what is deployed, with something changed."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.worlds.deployed import ROOT, TEMPLATE

Change = Callable[[Path], None]
"""Edits a copy of the sources, given its folder."""


def longer(file: str) -> Change:
    """One more line in a file of code."""

    def edit(root: Path) -> None:
        with (root / file).open("a") as code:
            code.write("# another line\n")

    return edit


def otherwise(text: str, replaced: str, file: str = TEMPLATE.name) -> Change:
    """Another text in a file, the template where none is named."""

    def edit(root: Path) -> None:
        before = (root / file).read_text()
        if text not in before:
            raise ValueError(f"{file} has no {text!r}")
        (root / file).write_text(before.replace(text, replaced))

    return edit


def copied(folder: Path, *changes: Change) -> Path:
    """Copy the sources into a folder that is not there yet; answers the template."""
    for name in ("functions", "layers", "statemachine"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    template = Path(shutil.copy(TEMPLATE, folder))
    for change in changes:
        change(folder)
    return template
