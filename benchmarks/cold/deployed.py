"""The packages that a function has on Lambda, and the sizes of the deployed layers."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import PackagePath, distribution
from pathlib import Path

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
    """Return the bytes of each layer's zip, with this machine's compiled parts, not Lambda's."""
    own = LAYERS / "penstock"
    code = [(f, str(f.relative_to(own))) for f in own.rglob("*") if f.suffix not in {".pyc", ""}]
    packages = [
        (Path(str(distribution(name).locate_file(file))), str(file))
        for name in pinned()
        for file in _files(name)
    ]
    return {"penstock": _zipped(code), "dependencies": _zipped(packages)}


def _files(name: str) -> Iterator[PackagePath]:
    for file in distribution(name).files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            yield file


def _zipped(files: Iterable[tuple[Path, str]]) -> int:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, name in files:
            archive.write(file, name)
    return len(into.getvalue())
