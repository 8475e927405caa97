"""Metric math: the subset of CloudWatch's expression language that the twin supports.

Numbers, ids, arrays, `+ - * / ^`, comparisons, `&& || AND OR`, IF, FILL (with a value, a series or
REPEAT), SUM, AVG, MIN, MAX and ABS. Everything else is refused.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moto.cloudwatch.exceptions import ValidationError

from twin.cloudwatch import metric_values
from twin.cloudwatch.metric_store import Points
from twin.cloudwatch.metric_values import OPERATIONS, Value
from twin.core.hooks import NotSupportedByTwin

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*|\.\d+)|(?P<id>[a-z][A-Za-z0-9_]*)|(?P<word>[A-Z][A-Z0-9_]*)"
    r"|(?P<symbol>==|!=|<=|>=|&&|\|\||[-+*/^<>()\[\],]))"
)
_WORD_OPERATORS = {"AND": "&&", "OR": "||"}
_LEVELS: Sequence[frozenset[str]] = (
    frozenset({"||"}),
    frozenset({"&&"}),
    frozenset({"==", "!=", "<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
)
_REDUCTIONS = frozenset({"SUM", "AVG", "MIN", "MAX"})
_IF_WITHOUT_ELSE = 2


class Scope(NamedTuple):
    """The input of an expression: the named series, and every period of the range."""

    values: Mapping[str, Value]
    moments: Sequence[int]


Evaluate = Callable[[Scope], Value]


class Token(NamedTuple):
    kind: str
    text: str


@dataclass(frozen=True)
class Expression:
    """A parsed expression and the ids that it refers to."""

    text: str
    ids: frozenset[str]
    _evaluate: Evaluate

    def points(self, scope: Scope) -> Points:
        """AWS: the result must be a time series. A number alone is an error."""
        found = self._evaluate(scope)
        if isinstance(found, tuple):
            raise NotSupportedByTwin(f"{self.text!r} is an array of time series")
        if not isinstance(found, dict):
            raise ValidationError(f"The expression {self.text!r} is not a time series")
        return found


def parse(text: str) -> Expression:
    """Parse an expression. Raise ValidationError for bad syntax, else NotSupportedByTwin."""
    parser = _Parser(text)
    evaluate = parser.whole()
    return Expression(text, frozenset(parser.ids), evaluate)


def _tokens(text: str) -> list[Token]:
    found, position = [], 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise _unreadable(text, position)
        found.append(Token(match.lastgroup or "", match[match.lastgroup or 0]))
        position = match.end()
    return found


def _unreadable(text: str, position: int) -> Exception:
    rest = text[position:].lstrip()
    if rest[:1] in {"'", '"'}:
        return NotSupportedByTwin(f"text in metric math: {text!r}")
    return ValidationError(f"Error in expression {text!r}: unexpected {rest[:1]!r}")


class _Parser:
    """A recursive descent parser with one method per level of precedence."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left = _tokens(text)[::-1]
        self.ids: set[str] = set()

    def whole(self) -> Evaluate:
        evaluate = self._operators()
        if self._left:
            raise self._wrong()
        return evaluate

    def _operators(self, level: int = 0) -> Evaluate:
        if level == len(_LEVELS):
            return self._unary()
        left = self._operators(level + 1)
        while (symbol := self._operator()) in _LEVELS[level]:
            self._left.pop()
            left = _binary(symbol, left, self._operators(level + 1))
        return left

    def _operator(self) -> str:
        text = self._left[-1].text if self._left else ""
        return _WORD_OPERATORS.get(text, text)

    def _unary(self) -> Evaluate:
        if self._accept("-"):
            operand = self._unary()
            return lambda scope: metric_values.negate(operand(scope))
        base = self._primary()
        if self._accept("^"):
            return _binary("^", base, self._unary())
        return base

    def _primary(self) -> Evaluate:
        token = self._take()
        if token.kind == "number":
            number = float(token.text)
            return lambda scope: number  # noqa: ARG005  # every node takes the scope
        if token.kind == "id":
            return self._named(token.text)
        if token.kind == "word":
            return self._call(token.text)
        if token.text == "(":
            return self._closed(")", self._operators())
        if token.text == "[":
            return self._array()
        raise self._wrong(token)

    def _named(self, name: str) -> Evaluate:
        self.ids.add(name)
        return lambda scope: scope.values[name]

    def _array(self) -> Evaluate:
        parts = self._separated("]")

        def evaluate(scope: Scope) -> Value:
            values = [part(scope) for part in parts]
            if not all(isinstance(value, dict) for value in values):
                raise ValidationError("An array in metric math holds time series only")
            return tuple(value for value in values if isinstance(value, dict))

        return evaluate

    def _call(self, name: str) -> Evaluate:
        if name not in {"IF", "FILL", "ABS", *_REDUCTIONS}:
            raise NotSupportedByTwin(f"{name} in metric math: {self._text!r}")
        self._expect("(")
        if name == "FILL":
            return self._fill()
        arguments = self._separated(")")
        if name == "IF":
            return self._if(arguments)
        if len(arguments) != 1:
            raise ValidationError(f"{name} takes one argument: {self._text!r}")
        return _applied(name, arguments[0])

    def _fill(self) -> Evaluate:
        series = self._operators()
        self._expect(",")
        if self._accept("REPEAT"):
            self._expect(")")
            return lambda scope: metric_values.repeat(series(scope), scope.moments)
        return _filled(series, self._closed(")", self._operators()))

    def _if(self, arguments: Sequence[Evaluate]) -> Evaluate:
        if len(arguments) == _IF_WITHOUT_ELSE:
            condition, true = arguments
            return lambda scope: metric_values.choose(condition(scope), true(scope), None)
        if len(arguments) != _IF_WITHOUT_ELSE + 1:
            raise ValidationError(f"IF takes two or three arguments: {self._text!r}")
        condition, true, false = arguments
        return lambda scope: metric_values.choose(condition(scope), true(scope), false(scope))

    def _separated(self, end: str) -> list[Evaluate]:
        parts = [self._operators()]
        while self._accept(","):
            parts.append(self._operators())
        self._expect(end)
        return parts

    def _closed(self, end: str, inner: Evaluate) -> Evaluate:
        self._expect(end)
        return inner

    def _take(self) -> Token:
        if not self._left:
            raise ValidationError(f"The expression {self._text!r} ends too early")
        return self._left.pop()

    def _accept(self, text: str) -> bool:
        found = bool(self._left) and self._left[-1].text == text
        if found:
            self._left.pop()
        return found

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._wrong()

    def _wrong(self, token: Token | None = None) -> ValidationError:
        at = token or (self._left[-1] if self._left else Token("", "end"))
        return ValidationError(f"Error in expression {self._text!r} at {at.text!r}")


def _binary(symbol: str, left: Evaluate, right: Evaluate) -> Evaluate:
    operation = OPERATIONS[symbol]
    return lambda scope: metric_values.combine(operation, left(scope), right(scope))


def _applied(name: str, argument: Evaluate) -> Evaluate:
    if name == "ABS":
        return lambda scope: metric_values.absolute(argument(scope))
    return lambda scope: metric_values.reduce(name, argument(scope))


def _filled(series: Evaluate, filler: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        found = filler(scope)
        if isinstance(found, tuple):
            raise ValidationError("FILL takes a number or a time series as its filler")
        return metric_values.fill(series(scope), found, scope.moments)

    return evaluate
