"""Recorded minutes read from a file, every fault with its field and line."""

from collections.abc import Iterable
from typing import NoReturn

from penstock.domain.judging.counts import Counts, Minute, fault
from penstock.domain.judging.transcript import LETTERS
from penstock_cli.json_positions import Located, read_located
from penstock_cli.malformed import Malformed

FIELDS = tuple(LETTERS.values())
OVERALL = "overall"  # beside the metrics' names in what replay says


def read_minutes(text: str) -> list[Minute]:
    """The minutes of a recording, in order, all with the same metrics.

    Raises:
        Malformed: anything else.
    """
    document = read_located(text)
    listed = _members(document, "", ["minutes"])["minutes"]
    minutes: list[Minute] = []
    for index, each in enumerate(_elements(listed, "minutes")):
        path = f"minutes[{index}]"
        minutes.append(_minute(each, path, minutes[-1] if minutes else None))
    if not minutes:
        _refuse(listed, "minutes", "the list is empty")
    return minutes


def _minute(found: Located, path: str, before: Minute | None) -> Minute:
    fields = _members(found, path, ["minute", "weight", "metrics"])
    number = _number_of(fields["minute"], f"{path}.minute", before)
    weight = _weight(fields["weight"], f"{path}.weight")
    at = f"{path}.metrics"
    metrics = _object(fields["metrics"], at)
    if before is not None:
        _refuse_other_keys(fields["metrics"], at, metrics, before.counts)
    if not metrics:
        _refuse(fields["metrics"], at, "there is no metric")
    if OVERALL in metrics:
        _refuse(metrics[OVERALL], f"{at}.{OVERALL}", "a metric cannot have this name")
    counts = {name: _counts(each, f"{at}.{name}") for name, each in metrics.items()}
    return Minute(number, weight, counts)


def _number_of(found: Located, path: str, before: Minute | None) -> int:
    number = found.value
    if not isinstance(number, int) or isinstance(number, bool):
        _refuse(found, path, f"{_shown(number)} is not a whole number")
    if before is not None and number == before.number:
        _refuse(found, path, f"minute {number} appears twice")
    if before is not None and number < before.number:
        _refuse(found, path, f"minute {number} comes after minute {before.number}")
    return number


def _weight(found: Located, path: str) -> float | None:
    if found.value is None:
        return None
    weight = _number(found, path)
    if not 0 <= weight <= 1:
        _refuse(found, path, f"{weight} is not within 0 and 1")
    return weight


def _counts(found: Located, path: str) -> Counts:
    fields = _members(found, path, FIELDS)
    counts = Counts(*(_number(fields[name], f"{path}.{name}") for name in FIELDS))
    wrong = fault(counts)
    if wrong:
        name = FIELDS[Counts._fields.index(wrong[0])]
        _refuse(fields[name], f"{path}.{name}", wrong[1])
    return counts


def _number(found: Located, path: str) -> float:
    number = found.value
    if isinstance(number, bool) or not isinstance(number, int | float):
        _refuse(found, path, f"{_shown(number)} is not a number")
    return number


def _elements(found: Located, path: str) -> list[Located]:
    if not isinstance(found.value, list):
        _refuse(found, path, f"{_shown(found.value)} is not a list")
    return found.value


def _object(found: Located, path: str) -> dict[str, Located]:
    if not isinstance(found.value, dict):
        _refuse(found, path or "the document", f"{_shown(found.value)} is not an object")
    return found.value


def _members(found: Located, path: str, keys: Iterable[str]) -> dict[str, Located]:
    members = _object(found, path)
    _refuse_other_keys(found, path, members, keys)
    return members


def _refuse_other_keys(
    found: Located, path: str, members: dict[str, Located], keys: Iterable[str]
) -> None:
    known = list(keys)
    for key, member in members.items():
        if key not in known:
            _refuse(member, _inner(path, key), f"unknown here; known are {', '.join(known)}")
    for key in known:
        if key not in members:
            _refuse(found, _inner(path, key), "it is missing")


def _inner(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return {None: "null", True: "true", False: "false"}.get(value, repr(value))  # type: ignore[call-overload,no-any-return]


def _refuse(found: Located, path: str, why: str) -> NoReturn:
    raise Malformed(found.line, path, why)
