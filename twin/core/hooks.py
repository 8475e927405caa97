"""Patches of other people's modules that can all be undone again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class NotSupportedByTwin(Exception):  # reads as a sentence where it is raised
    """The call would behave differently on AWS from what the twin can do."""


class Hooks:
    """A stack of attribute patches, undone in reverse order.

    Only attributes that exist are patched, so that a renamed private name fails at once.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def set(self, owner: Any, name: str, value: Any) -> Any:
        """Replace an existing attribute and return what it was."""
        old = getattr(owner, name)
        if name in vars(owner):
            # vars() keeps staticmethod and property objects as they are; getattr unwraps them.
            kept = vars(owner)[name]
            self.defer(lambda: setattr(owner, name, kept))
        else:
            self.defer(lambda: delattr(owner, name))
        setattr(owner, name, value)
        return old

    def defer(self, action: Callable[[], None]) -> None:
        """Run `action` in undo(), in its place of the reverse order."""
        self._undo.append(action)

    def undo(self) -> None:
        """Put everything back, the last patch first."""
        while self._undo:
            self._undo.pop()()


@contextmanager
def hooked() -> Iterator[Hooks]:
    """Yield Hooks that are undone at the end of the block, whatever happens in it."""
    hooks = Hooks()
    try:
        yield hooks
    finally:
        hooks.undo()
