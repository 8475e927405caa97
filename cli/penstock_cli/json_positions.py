"""JSON read strictly, with the line of every value, so that a complaint can say where."""

import re
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out
from typing import NamedTuple

from penstock_cli.malformed import Malformed

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?(?![\w.])")
_WORD = re.compile(r"[-+\w.]+")
_CONSTANTS = {"true": True, "false": False, "null": None}
_DEEPEST = 20
_DIGITS = 300  # of a whole number; a longer one is read as infinity or near it


class Located(NamedTuple):
    """A value and the line it stands on; inside objects and arrays everything is located."""

    value: object
    line: int


def read_located(text: str) -> Located:
    """The document in this text.

    Raises:
        Malformed: it is not JSON, a key is given twice, NaN or Infinity, or nested too deeply.
    """
    reader = _Reader(text)
    document = reader.value("", 0)
    reader.skip()
    if reader.at < len(text):
        raise reader.malformed("", "there is more after the end of the document")
    return document


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._breaks = [found.end() for found in re.finditer("\n", text)]

    def line(self) -> int:
        return bisect_right(self._breaks, self.at) + 1

    def malformed(self, path: str, why: str) -> Malformed:
        return Malformed(self.line(), path, why)

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def takes(self, sign: str) -> bool:
        self.skip()
        if not self.text.startswith(sign, self.at):
            return False
        self.at += 1
        return True

    def value(self, path: str, depth: int) -> Located:
        if depth > _DEEPEST:
            raise self.malformed(path, "it is nested too deeply")
        self.skip()
        line = self.line()
        if self.takes("{"):
            return Located(self._object(path, depth), line)
        if self.takes("["):
            return Located(self._array(path, depth), line)
        if self.takes('"'):
            return Located(self._string(path), line)
        return Located(self._scalar(path), line)

    def _object(self, path: str, depth: int) -> dict[str, Located]:
        members: dict[str, Located] = {}
        while not self.takes("}"):
            if members and not self.takes(","):
                raise self.malformed(path, "a comma or } is missing")
            if not self.takes('"'):
                raise self.malformed(path, 'a key in "" is missing')
            key = self._string(path)
            inner = f"{path}.{key}" if path else key
            if key in members:
                raise self.malformed(inner, "this key appears twice")
            if not self.takes(":"):
                raise self.malformed(inner, "a colon is missing")
            members[key] = self.value(inner, depth + 1)
        return members

    def _array(self, path: str, depth: int) -> list[Located]:
        elements: list[Located] = []
        while not self.takes("]"):
            if elements and not self.takes(","):
                raise self.malformed(path, "a comma or ] is missing")
            elements.append(self.value(f"{path}[{len(elements)}]", depth + 1))
        return elements

    def _string(self, path: str) -> str:
        try:
            text, self.at = scanstring(self.text, self.at, True)
        except ValueError as error:
            raise self.malformed(path, f"a string is malformed: {error}") from error
        return str(text)

    def _scalar(self, path: str) -> object:
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            whole = not any(number.groups()) and len(number[0]) < _DIGITS
            return int(number[0]) if whole else float(number[0])
        word = _WORD.match(self.text, self.at)
        if word and word[0] in _CONSTANTS:
            self.at = word.end()
            return _CONSTANTS[word[0]]
        if word:
            raise self.malformed(path, f"{word[0]} is not a JSON value")
        raise self.malformed(path, "a value is missing")
