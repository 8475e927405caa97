"""Models and announcements as a text that people can read and tests can compare."""

from typing import Any

import yaml
from pydantic import BaseModel

from penstock.domain.execution.announcements import Announcement

GONE = "gone"


def announced(announcement: Announcement) -> list[str]:
    """Who it is about, its sentence, and its other fields: single values first."""
    kind = f"{announcement.detail_type}{', to people' if announcement.for_people else ''}"
    said = known(announcement)
    about = [said.pop(name, "-") for name in ("release_id", "endpoint", "model_package_arn")]
    head = f"    ! {kind}: {' '.join(about)}: {said.pop('reason')}"
    lists = {name: value for name, value in said.items() if isinstance(value, list)}
    single = {name: value for name, value in said.items() if name not in lists}
    fields = [as_yaml(single)] if single else []
    for name, items in lists.items():
        fields += _items(name, items)
    return [head, *(f"        {line}" for line in fields)]


def _items(name: str, items: list[Any]) -> list[str]:
    """A line for each document in a list; words and numbers in one line."""
    if items and isinstance(items[0], dict):
        return [f"{name}: {as_yaml(item)}" for item in items]
    return [as_yaml({name: items})]


def known(model: BaseModel, without: set[str] | None = None) -> dict[str, Any]:
    """Fields that differ from their defaults."""
    return model.model_dump(mode="json", exclude_defaults=True, exclude=without)


def changed(before: object, after: object) -> object:
    """What is otherwise afterwards; what is there no more is `gone`."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    new = {name: value for name, value in after.items() if value != before.get(name, GONE)}
    differences = {name: changed(before.get(name), value) for name, value in new.items()}
    return differences | {name: GONE for name in before if name not in after}


def as_yaml(document: object) -> str:
    """Readable, and the same on every machine."""
    dumped: str = yaml.safe_dump(
        _rounded(document), sort_keys=False, width=10_000, default_flow_style=None
    )
    return dumped.strip()


def _rounded(document: object) -> object:
    """Without the last digits, in which machines differ."""
    match document:
        case float():
            return round(document, 6) + 0.0
        case dict():
            return {name: _rounded(value) for name, value in document.items()}
        case list():
            return [_rounded(value) for value in document]
        case _:
            return document
