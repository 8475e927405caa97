"""Sentences about an invalid policy that tell its author what to change."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from penstock.domain.policy.forms import SIGNAL_FORMS, STEPS_FORMS

MOST_COMPLAINTS = 5  # complaints in one sentence
_FOLLOWS = "default_factory_not_called"  # only because another key failed
_LONGEST = 60  # characters of a value that is quoted back


def complaints(error: ValidationError, model: type[BaseModel]) -> str:
    """Every error with its JSON path, joined. At most five, and the number of the others."""
    faults = error.errors()
    found = [_complaint(fault, model) for fault in faults if fault["type"] != _FOLLOWS]
    more = f"; and {len(found) - MOST_COMPLAINTS} more" if len(found) > MOST_COMPLAINTS else ""
    return "; ".join(found[:MOST_COMPLAINTS]) + more


def _complaint(fault: ErrorDetails, model: type[BaseModel]) -> str:
    path = json_path(fault["loc"])
    sentence = _sentence(fault, model)
    return f"{path}: {sentence}" if path else sentence


def json_path(location: tuple[int | str, ...]) -> str:
    """`("approval", "bars", 0, "metric")` as `approval.bars[0].metric`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part not in {*STEPS_FORMS, *SIGNAL_FORMS}:
            path += f".{part}"
    return path.removeprefix(".")


def _sentence(fault: ErrorDetails, model: type[BaseModel]) -> str:
    match fault["type"]:
        case "extra_forbidden":
            return f"unknown key{_hint(fault['loc'], model)}"
        case "missing":
            return "this key is required"
        case "none_required":
            return f"must be null, not {_quoted(fault['input'])}"
        case "value_error":
            return fault["msg"].removeprefix("Value error, ")
        case _:
            must = re.sub("^(Input|String|Tuple|Dictionary) should", "must", fault["msg"])
            return f"{must}, not {_quoted(fault['input'])}"


def _quoted(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _hint(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    wrong = str(location[-1])
    section = _section_at(location[:-1], model)
    near = difflib.get_close_matches(wrong, section.model_fields, cutoff=0.5)
    if near:
        return f"; did you mean `{near[0]}`?"
    homes = [path for path, key in _keys(model) if key == wrong]
    if homes:
        return f"; it belongs to {homes[0]}"
    return f"; the known keys are {', '.join(section.model_fields)}"


def _section_at(location: tuple[int | str, ...], model: type[BaseModel]) -> type[BaseModel]:
    for part in location:
        field = model.model_fields.get(str(part))
        inner = _section_in(field.annotation) if field else None
        model = inner or model
    return model


def _section_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_section_in(argument) for argument in get_args(annotation))
    return next((section for section in inner if section), None)


def _keys(model: type[BaseModel], path: str = "the top level") -> Iterator[tuple[str, str]]:
    fields: Mapping[str, object] = {n: f.annotation for n, f in model.model_fields.items()}
    for name, annotation in fields.items():
        yield path, name
        section = _section_in(annotation)
        if section:
            yield from _keys(section, f"`{name}`")
