"""Differences between the present and the new setup, as short lines for the plan."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

MOST_NAMES = 10
MOST_CHARACTERS = 120
"""Of one value, or of one name: the lines are carried through every state of the release."""


def changed(
    what: str, old: Mapping[str, Any], new: Mapping[str, Any], ignored: Set[str]
) -> list[str]:
    """A line for each key whose value differs. Of an environment only the names of variables.

    Values of an environment may be secrets, and readers of an execution's history or of the ledger
    would see them.
    """
    keys = sorted((set(old) | set(new)) - ignored - {"ResponseMetadata"})
    differing = (key for key in keys if (old.get(key) or None) != (new.get(key) or None))
    return [f"{what} {key}: {_said(key, old.get(key), new.get(key))}" for key in differing]


def _said(key: str, old: Any, new: Any) -> str:
    if key == "Environment":
        return _variables(old or {}, new or {})
    return f"{_short(repr(old))} -> {_short(repr(new))}"


def _variables(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Names only, and by what happens to them."""
    both = set(old) & set(new)
    groups = {
        "changed": sorted(name for name in both if old[name] != new[name]),
        "added": sorted(set(new) - both),
        "removed": sorted(set(old) - both),
    }
    return "; ".join(f"{listed(names)} {done}" for done, names in groups.items() if names)


def listed(names: Sequence[str]) -> str:
    """The first names, each cut, and how many more there are."""
    shown = ", ".join(_short(name) for name in names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."
