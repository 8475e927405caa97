"""`make descriptions`: what botocore has to know of AWS for the calls that our adapters make.

botocore reads the description of a whole service to make a client. Of the endpoints of four
hundred services, and of some hundred calls of a service, Penstock needs few.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name

PENSTOCK = Path(__file__).parent / "penstock" / "penstock"
FOLDER = PENSTOCK / "descriptions"
Description = Mapping[str, Any]
BOTOCORES_OWN = {"head_bucket", "create_session"}
"""Calls that botocore makes by itself: where a bucket is in another region, or is a directory."""
_SPOKEN = {"documentation", "documentationUrl", "synopsis"}


@cache
def operations() -> tuple[tuple[str, str], ...]:
    """Service and operation of every call: clients come from one place, methods have one name."""
    session = botocore.session.Session()
    named = {*_named(), *BOTOCORES_OWN}
    found = []
    for service in sorted(_services()):
        model = session.get_service_model(service)
        called = (op for op in model.operation_names if xform_name(op) in named)
        found += [(service, operation) for operation in called]
    return tuple(found)


def descriptions() -> Iterator[tuple[Path, Description]]:
    """Every file below the folder and what it has to say."""
    loader = botocore.session.Session().get_component("data_loader")
    yield Path("endpoints.json"), _endpoints(loader.load_data("endpoints"))
    for service in sorted(_services()):
        version = loader.determine_latest_version(service, "service-2")
        called = {operation for of, operation in operations() if of == service}
        whole = loader.load_service_model(service, "service-2")
        yield Path(service, version, "service-2.json"), _described(whole, called)


def _services() -> set[str]:
    texts = [module.read_text() for module in (PENSTOCK / "wiring").glob("*.py")]
    return set(re.findall(r'\.client\(\s*"([\w-]+)"', "".join(texts)))


def _named() -> Iterator[str]:
    """Every attribute and every text of the adapters: methods are called, or named to paginate."""
    for module in (PENSTOCK / "adapters").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _endpoints(whole: Description) -> Description:
    """Every partition and region, and our services alone."""
    session = botocore.session.Session()
    prefixes = {session.get_service_model(each).endpoint_prefix for each in _services()}
    ours = [
        {
            **partition,
            "services": {n: s for n, s in partition["services"].items() if n in prefixes},
        }
        for partition in whole["partitions"]
    ]
    return {**whole, "partitions": ours}


def _described(whole: Description, called: set[str]) -> Description:
    """The operations that are called, with the shapes that they reach, and no prose."""
    operations = {name: each for name, each in whole["operations"].items() if name in called}
    reached: set[str] = set()
    left = list(_references(operations))
    while left:
        name = left.pop()
        if name not in reached:
            reached.add(name)
            left += _references(whole["shapes"][name])
    shapes = {name: shape for name, shape in whole["shapes"].items() if name in reached}
    # Elsewhere botocore insists on the prose, of which there is little.
    parts = {**whole, "operations": _unspoken(operations), "shapes": _unspoken(shapes)}
    return {name: part for name, part in parts.items() if name != "documentation"}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("shape"), str):
            yield node["shape"]
        for part in node.values():
            yield from _references(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references(part)


def _unspoken(node: Any) -> Any:
    """Without documentation; a member of a structure may have that name, and is a mapping."""
    if isinstance(node, Mapping):
        return {
            name: _unspoken(part)
            for name, part in node.items()
            if name not in _SPOKEN or not isinstance(part, str)
        }
    return [_unspoken(part) for part in node] if isinstance(node, list) else node


def written(description: Description) -> str:
    """As the file has it."""
    return json.dumps(description, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    for path, description in descriptions():
        file = FOLDER / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(written(description))
