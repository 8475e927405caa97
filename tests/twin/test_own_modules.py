"""A function's imports are its own, whenever they run."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from twin.functions.invocations import Function
from twin.functions.own_modules import OwnModules, SharedLayers

EARLY = "class Model:\n    pass\n"
LATE = "def late():\n    from lately.model import Model\n    return Model\n"


@pytest.fixture
def others() -> Iterator[ModuleType]:
    """A package of the same name that this process has imported."""
    package, model = ModuleType("lately"), ModuleType("lately.model")
    vars(model)["Model"] = "another"
    sys.modules |= {"lately": package, "lately.model": model}
    yield model
    del sys.modules["lately"], sys.modules["lately.model"]


def function(folder: Path) -> Function:
    layer = folder / "layer" / "lately"
    if not layer.exists():
        layer.mkdir(parents=True)
        (folder / "code").mkdir()
        (layer / "__init__.py").write_text("")
        (layer / "model.py").write_text(EARLY)
        (layer / "reader.py").write_text(LATE)
    code = (folder / "code", (layer.parent,))
    return Function("f", "1", "app.handler", "python3.13", *code, 60, 512, "role", {})


def reader(own: OwnModules) -> Any:
    with own():
        return importlib.import_module("lately.reader")


def test_an_import_in_the_middle_of_an_invocation_finds_the_functions_own_module(
    tmp_path: Path, others: ModuleType
) -> None:
    own = OwnModules(function(tmp_path), None)
    found = reader(own).late()
    assert found.__module__ == "lately.model"
    assert found is reader(own).late()
    assert sys.modules["lately.model"] is others


def test_functions_that_share_their_layers_share_what_is_imported_late(
    tmp_path: Path, others: ModuleType
) -> None:
    shared: SharedLayers = {}
    one, other = (OwnModules(function(tmp_path), shared) for _ in range(2))
    assert reader(one).late() is reader(other).late()


def test_functions_that_share_nothing_have_modules_of_their_own(tmp_path: Path) -> None:
    one, other = (OwnModules(function(tmp_path), None) for _ in range(2))
    assert reader(one).late() is not reader(other).late()
    assert "lately" not in sys.modules
