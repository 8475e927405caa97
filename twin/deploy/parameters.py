"""Template parameters: defaults, types and constraints, validated as CloudFormation does."""

import re
from collections.abc import Mapping
from typing import Any

_KNOWN = {
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
}
_LISTS = ("CommaDelimitedList", "List<Number>", "List<String>")


class ParameterError(Exception):
    """CloudFormation would refuse the parameters before it creates anything."""


def read_parameters(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return a mapping of names to values: text, a number for Number, or a list for list types."""
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise ParameterError(f"the template has no parameter {', '.join(unknown)}")
    return {name: _value(name, spec, given.get(name)) for name, spec in declared.items()}


def _value(name: str, spec: Mapping[str, Any], given: str | None) -> Any:
    unknown = sorted(set(spec) - _KNOWN)
    if unknown:
        raise ParameterError(f"{name}: no support for {', '.join(unknown)}")
    text = spec.get("Default") if given is None else given
    if text is None:
        raise ParameterError(f"{name} has no default and no value")
    text = str(text)
    kind = spec["Type"]
    if kind in _LISTS:
        items = [item.strip() for item in text.split(",")]
        return [_checked(name, spec, item, kind == "List<Number>") for item in items]
    if kind not in ("String", "Number"):
        raise ParameterError(f"{name}: no support for type {kind}")
    return _checked(name, spec, text, kind == "Number")


def _checked(name: str, spec: Mapping[str, Any], text: str, is_number: bool) -> Any:
    _check_text(name, spec, text)
    if not is_number:
        return text
    try:
        number = float(text)
    except ValueError as error:
        raise ParameterError(f"{name} must be a number, not {text!r}") from error
    if not float(spec.get("MinValue", number)) <= number <= float(spec.get("MaxValue", number)):
        raise ParameterError(f"{name}: {text} is outside MinValue and MaxValue")
    return int(number) if number.is_integer() else number


def _check_text(name: str, spec: Mapping[str, Any], text: str) -> None:
    if "AllowedValues" in spec and text not in [str(value) for value in spec["AllowedValues"]]:
        raise ParameterError(f"{name}: {text!r} is not one of AllowedValues")
    if "AllowedPattern" in spec and not re.fullmatch(spec["AllowedPattern"], text):
        if "ConstraintDescription" in spec:
            constraint = spec["ConstraintDescription"]
            raise ParameterError(f"Parameter {name} failed to satisfy constraint: {constraint}")
        raise ParameterError(f"{name}: {text!r} does not match AllowedPattern")
    if not int(spec.get("MinLength", 0)) <= len(text) <= int(spec.get("MaxLength", len(text))):
        raise ParameterError(f"{name}: {text!r} is too short or too long")
