"""Models and announcements as a text that people can read and tests can compare."""

from typing import Any

import yaml
from pydantic import BaseModel

from penstock.domain.execution.announcements import Announcement


def announced(announcement: Announcement) -> list[str]:
    """Who it is about, its sentence, and its other fields."""
    kind = f"{announcement.detail_type}{', to people' if announcement.for_people else ''}"
    said = known(announcement)
    about = [said.pop(name, "-") for name in ("release_id", "endpoint", "model_package_arn")]
    head = f"    ! {kind}: {' '.join(about)}: {said.pop('reason')}"
    return [head, *(f"        {line}" for line in (as_yaml(said).splitlines() if said else ()))]


def known(model: BaseModel, without: set[str] | None = None) -> dict[str, Any]:
    """Fields that are not as they are without a word."""
    return model.model_dump(mode="json", exclude_defaults=True, exclude=without)


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
