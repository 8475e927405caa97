"""CloudFormation's intrinsic functions and conditions. Unknown functions raise an error."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class IntrinsicError(Exception):
    """CloudFormation would refuse this function, or the twin does not support it."""


class _NoValue:
    """`AWS::NoValue`: the property counts as absent."""


NO_VALUE = _NoValue()


class Intrinsics:
    """Resolves the values of one template.

    `reference` and `attribute` answer Ref and GetAtt for everything but parameters and pseudo
    parameters. They create the resource if it does not exist yet.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        mappings: Mapping[str, Any],
        conditions: Mapping[str, Any],
        reference: Callable[[str], Any],
        attribute: Callable[[str, str], Any],
    ) -> None:
        self._values = values
        self._mappings = mappings
        self._conditions = conditions
        self._reference = reference
        self._attribute = attribute
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ToJsonString": self._to_json_string,
            "Fn::Equals": self._equals,
            "Fn::Not": lambda value: not self.test(value[0]),
            "Fn::And": lambda value: all(self.test(each) for each in value),
            "Fn::Or": lambda value: any(self.test(each) for each in value),
            "Condition": self.condition,
        }

    def resolve(self, value: Any) -> Any:
        """Return the value with every function in it evaluated."""
        if isinstance(value, list):
            resolved = [self.resolve(each) for each in value]
            return [each for each in resolved if each is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        function = self._function_of(value)
        if function is not None:
            return function(next(iter(value.values())))
        found = {key: self.resolve(each) for key, each in value.items()}
        return {key: each for key, each in found.items() if each is not NO_VALUE}

    def condition(self, name: str) -> bool:
        """Evaluate a condition of the template by name."""
        if name not in self._conditions:
            raise IntrinsicError(f"there is no condition {name}")
        return self.test(self._conditions[name])

    def test(self, value: Any) -> bool:
        """Evaluate a condition function."""
        answer = self.resolve(value)
        if not isinstance(answer, bool):
            raise IntrinsicError(f"not a condition: {json.dumps(value)}")
        return answer

    def _function_of(self, value: Mapping[str, Any]) -> Callable[[Any], Any] | None:
        if len(value) != 1:
            return None
        name, argument = next(iter(value.items()))
        # In policies "Condition" is a plain key with a block; as a function it names a condition.
        if name == "Condition" and not isinstance(argument, str):
            return None
        if name in self._functions:
            return self._functions[name]
        if name.startswith("Fn::"):
            raise IntrinsicError(f"no support for {name}")
        return None

    def _ref(self, name: Any) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self._values[name] if name in self._values else self._reference(name)

    def _get_att(self, argument: Any) -> Any:
        resource, *path = argument.split(".", 1) if isinstance(argument, str) else argument
        return self._attribute(resource, ".".join(self.resolve(part) for part in path))

    def _sub(self, argument: Any) -> str:
        text, extra = argument if isinstance(argument, list) else (argument, {})
        extra = self.resolve(extra)
        return _VARIABLE.sub(lambda match: self._substitute(match[1], extra), text)

    def _substitute(self, name: str, extra: Mapping[str, Any]) -> str:
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        if name in extra:
            return _text(name, extra[name])
        value = self._get_att(name) if "." in name else self._ref(name)
        return _text(name, value)

    def _join(self, argument: Any) -> str:
        separator, items = argument
        resolved = self.resolve(items)
        return str(separator).join(_text("Fn::Join", item) for item in resolved)

    def _if(self, argument: Any) -> Any:
        name, yes, no = argument
        return self.resolve(yes if self.condition(name) else no)

    def _select(self, argument: Any) -> Any:
        index, items = self.resolve(argument[0]), self.resolve(argument[1])
        return items[int(index)]

    def _split(self, argument: Any) -> list[str]:
        separator, text = argument
        return str(self.resolve(text)).split(separator)

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = self.resolve(argument)
        return self._mappings[name][first][second]

    def _to_json_string(self, argument: Any) -> str:
        return json.dumps(self.resolve(argument))

    def _equals(self, argument: Any) -> bool:
        left, right = self.resolve(argument)
        return _scalar(left) == _scalar(right)


def _scalar(value: Any) -> str:
    """CloudFormation compares text: true equals "true"."""
    return json.dumps(value) if isinstance(value, bool | list | dict) else str(value)


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool | int | float | str):
        return json.dumps(value) if isinstance(value, bool) else str(value)
    raise IntrinsicError(f"{name} is not text")
