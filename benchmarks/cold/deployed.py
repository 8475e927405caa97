"""The packages that a function has on Lambda, and the sizes of the deployed layers."""

import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackagePath, distribution
from pathlib import Path

from layers.compile_built import compile_layer

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "layers"
OF_THE_RUNTIME = (
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "python-dateutil",
    "six",
    "urllib3",
)
"""The packages in Lambda's Python. A developer's other packages might change what these import."""


def pinned() -> list[str]:
    """Return the names of the packages in the dependencies layer."""
    text = (LAYERS / "dependencies" / "requirements.txt").read_text()
    return re.findall(r"^([\w-]+)==", text, re.MULTILINE)


def link_packages(folder: Path) -> None:
    """Link only the packages that Lambda has into a folder."""
    for name in {*pinned(), *OF_THE_RUNTIME}:
        for top in {Path(file).parts[0] for file in _files(name)}:
            link = folder / top
            if not link.exists():
                link.symlink_to(Path(str(distribution(name).locate_file(top))))


def zipped_sizes() -> dict[str, int]:
    """Bytes of each layer's zip, about: compiled here, not by Lambda's Python for Lambda's machine.

    `make build` compiles the modules (layers/compile_built.py).
    """
    with tempfile.TemporaryDirectory() as folder:
        built = {name: Path(folder, name) for name in ("penstock", "dependencies")}
        kept = shutil.ignore_patterns("__pycache__")
        shutil.copytree(LAYERS / "penstock", built["penstock"], ignore=kept)
        for name in pinned():
            for file in _files(name):
                into = built["dependencies"] / file
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(distribution(name).locate_file(file)), into)
        for layer in built.values():
            compile_layer(layer)
        return {name: _zipped(layer) for name, layer in built.items()}


def _files(name: str) -> Iterator[PackagePath]:
    for file in distribution(name).files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            yield file


def _zipped(folder: Path) -> int:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return len(into.getvalue())
