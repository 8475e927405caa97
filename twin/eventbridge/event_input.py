"""The input of an EventBridge target: the event, a part of it, a constant, or a template."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twin.core.hooks import NotSupportedByTwin

Event = Mapping[str, Any]
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^']+)'\]")
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
_MOST_PATHS = 100
_LONGEST = 8192


@dataclass(frozen=True)
class Origin:
    """The rule that matched, and the time."""

    rule_name: str
    rule_arn: str
    ingested_at: str


Shape = Callable[[Event, Origin], str]


class InvalidInput(Exception):
    """EventBridge would refuse the target's input."""


def compile_input(target: Mapping[str, Any]) -> Shape:
    """Return a function that converts an event to the JSON text for the target."""
    given = [name for name in ("Input", "InputPath", "InputTransformer") if name in target]
    if len(given) > 1:
        raise InvalidInput(f"only one of {', '.join(given)} may be given")
    if "Input" in target:
        return _constant(target["Input"])
    if "InputPath" in target:
        path = _path(target["InputPath"])
        return lambda event, _: json.dumps(path(event))
    if "InputTransformer" in target:
        return _transformer(target["InputTransformer"])
    return lambda event, _: json.dumps(event)


def _constant(text: str) -> Shape:
    _check_json(text)
    return lambda _event, _origin: text


def _check_json(text: str) -> None:
    if len(text) > _LONGEST:
        raise InvalidInput(f"input is longer than {_LONGEST} characters")
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"input is not JSON: {error}") from error


class _Missing(Exception):
    """The path finds nothing in this event."""


def _path(text: str) -> Callable[[Event], Any]:
    steps = _STEP.findall(text)
    spelled = "$" + "".join(match[0] for match in _STEP.finditer(text))
    if spelled != text:
        raise NotSupportedByTwin(f"the JSON path {text}")
    keys = [int(index) if index else name or quoted for name, index, quoted in steps]

    def find(event: Event) -> Any:
        value: Any = event
        for key in keys:
            value = _step(value, key, text)
        return value

    return find


def _step(value: Any, key: int | str, path: str) -> Any:
    if isinstance(key, int) and isinstance(value, list) and key < len(value):
        return value[key]
    if isinstance(key, str) and isinstance(value, Mapping) and key in value:
        return value[key]
    raise _Missing(path)


def _transformer(transformer: Mapping[str, Any]) -> Shape:
    template = transformer["InputTemplate"]
    paths = {name: _path(path) for name, path in transformer.get("InputPathsMap", {}).items()}
    if len(paths) > _MOST_PATHS or len(template) > _LONGEST:
        raise InvalidInput("the input transformer is too large")
    if any(name.startswith("aws.") for name in paths):
        raise InvalidInput("names of input paths must not start with aws.")
    _check_placeholders(template, paths)
    return lambda event, origin: _fill(template, _Variables(paths, event, origin))


_PREDEFINED = {
    "aws.events.event.ingestion-time",
    "aws.events.event.json",
    "aws.events.rule-arn",
    "aws.events.rule-name",
}


def _check_placeholders(template: str, paths: Mapping[str, Any]) -> None:
    for name in _PLACEHOLDER.findall(template):
        if name not in paths and name not in _PREDEFINED:
            raise InvalidInput(f"the template's <{name}> is not a variable")


@dataclass(frozen=True)
class _Variables:
    paths: Mapping[str, Callable[[Event], Any]]
    event: Event
    origin: Origin

    def value(self, name: str) -> Any:
        if name in self.paths:
            return self.paths[name](self.event)
        predefined = {
            "aws.events.event.ingestion-time": self.origin.ingested_at,
            "aws.events.event.json": self.event,
            "aws.events.rule-arn": self.origin.rule_arn,
            "aws.events.rule-name": self.origin.rule_name,
        }
        return predefined[name]


def _fill(template: str, variables: _Variables) -> str:
    """Fill in the variables. Text gets quotes, unless it is inside a quoted string."""
    filled = _substituted(template, variables)
    try:
        json.loads(filled)
    except ValueError as error:
        raise NotSupportedByTwin(f"an input template that is not JSON: {filled}") from error
    return filled


def _substituted(template: str, variables: _Variables) -> str:
    pieces, position, quoted = [], 0, False
    for match in _PLACEHOLDER.finditer(template):
        before = template[position : match.start()]
        quoted ^= len(re.findall(r'(?<!\\)"', before)) % 2 == 1
        pieces += [before, _found(match[1], variables, quoted=quoted)]
        position = match.end()
    return "".join([*pieces, template[position:]])


def _found(name: str, variables: _Variables, *, quoted: bool) -> str:
    """AWS: a variable whose path finds nothing does not appear in the output.

    Inside a quoted string it becomes empty. Outside, the template is no longer valid JSON.
    """
    try:
        return _inserted(variables.value(name), quoted)
    except _Missing:
        return ""


def _inserted(value: Any, quoted: bool) -> str:
    """Return a value as text. AWS does not document null in a quoted string: here it is null."""
    if not quoted:
        return json.dumps(value)
    if isinstance(value, list | dict):
        raise NotSupportedByTwin("an object or array inside a quoted text of an input template")
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]
