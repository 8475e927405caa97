"""Damage done to JSON documents, as a seed says; documents stay what `json.loads` can give."""

from random import Random
from typing import Any, NamedTuple

Path = tuple[str | int, ...]

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    -0.0,
    2**31,
    2**63,
    10**30,
    1e308,
    float("inf"),
    float("nan"),
    "",
    " ",
    "x",
    "0",
    "null",
    "churn",
    "Churn",
    "candidate",
    "ä" * 300,
    "\u0000",
    "../../etc",
    "${aws:x}",
    "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7",
    "arn:aws:sagemaker:us-east-1:999999999999:model-package/other/1",
    "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn",
    "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/999999999999999999999",
    "2026-03-02T09:15:09Z",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "2026-03-02T09:15:09",
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"a": {"b": {"c": [1, 2, {"d": "e"}]}}},
)
"""What JSON can hold, where something else is expected."""


class Damaged(NamedTuple):
    """A document and what was done to it."""

    document: Any
    done: tuple[str, ...]


def dice(seed: str) -> Random:
    """The same throws for the same seed."""
    return Random(seed)  # noqa: S311  # repeatable, not secret


def nested(levels: int) -> Any:
    """Lists in lists."""
    deep: Any = "core"
    for _ in range(levels):
        deep = [deep]
    return deep


FOREIGN: tuple[Any, ...] = (*ODD, "\ud800", nested(300), nested(900))
"""What others can send, and pydantic never writes: unpaired surrogates and deep nesting."""


class Damager:
    """Damages one document in ever new ways; the document itself stays whole."""

    def __init__(self, document: Any, random: Random, odd: tuple[Any, ...] = ODD) -> None:
        self._document = document
        self._values = odd
        self._paths = list(_paths(document))
        self._random = random

    def damaged(self) -> Damaged:
        """One to four things done to it; rarely nothing is left of it."""
        if self._random.random() < 0.02:
            odd = self._odd()
            return Damaged(odd, (f"all replaced by {odd!r:.60}",))
        document, done = self._document, []
        for _ in range(self._random.choice((1, 1, 1, 2, 2, 3, 4))):
            path = self._random.choice(self._paths)
            change = self._random.choice(("replace", "replace", "drop", "twin", "swap", "garble"))
            document = self._changed(document, path, change)
            done.append(f"{change} {'.'.join(map(str, path))}")
        return Damaged(document, tuple(done))

    def _changed(self, document: Any, path: Path, change: str) -> Any:
        """Copies what lies on the path and shares the rest."""
        if not path or not _has(document, path[0]):
            return document
        copy: Any = dict(document) if isinstance(document, dict) else list(document)
        first, rest = path[0], path[1:]
        if rest:
            copy[first] = self._changed(copy[first], rest, change)
            return copy
        self._change(copy, first, change)
        return copy

    def _change(self, copy: Any, key: Any, change: str) -> None:
        match change:
            case "drop":
                del copy[key]
            case "twin" if isinstance(copy, list):
                copy.append(copy[key])
            case "twin":
                copy[f"{key}2"] = copy[key]
            case "swap":
                copy[key] = _at(self._document, self._random.choice(self._paths))
            case "garble":
                copy[key] = self._garbled(copy[key])
            case _:
                copy[key] = self._odd()

    def _odd(self) -> Any:
        return self._random.choice(self._values)

    def _garbled(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return str(value)[:40]
        if not isinstance(value, str):
            return value * self._random.choice((-1, 0, 0.5, 2, 1000))
        place = self._random.randrange(len(value) + 1)
        return (
            value[:place] + self._random.choice(("", "\n", "é", "/", ":", '"')) + value[place + 1 :]
        )


def _paths(document: Any, above: Path = ()) -> list[Path]:
    if isinstance(document, dict):
        pairs: list[tuple[str | int, Any]] = list(document.items())
    elif isinstance(document, list):
        pairs = list(enumerate(document))
    else:
        return []
    here = [(*above, key) for key, _ in pairs]
    return here + [path for key, value in pairs for path in _paths(value, (*above, key))]


def _has(document: Any, key: str | int) -> bool:
    if isinstance(document, dict):
        return key in document
    return isinstance(document, list) and isinstance(key, int) and key < len(document)


def _at(document: Any, path: Path) -> Any:
    for key in path:
        document = document[key]
    return document
