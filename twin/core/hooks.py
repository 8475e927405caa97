"""Patches of third-party modules that can be undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class NotSupportedByTwin(Exception):  # its name reads well where it is raised
    """The twin cannot answer this call as AWS would."""


class Hooks:
    """A stack of attribute patches, undone in reverse order.

    A patch of an attribute that does not exist fails, so that a renamed private name is noticed.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def set(self, owner: Any, name: str, value: Any) -> Any:
        """Replace an existing attribute and return its previous value."""
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
        """Run `action` in undo(), in reverse order with the patches."""
        self._undo.append(action)

    def undo(self) -> None:
        """Undo all patches, the last one first."""
        while self._undo:
            self._undo.pop()()


@contextmanager
def hooked() -> Iterator[Hooks]:
    """Yield Hooks that are always undone at the end of the block."""
    hooks = Hooks()
    try:
        yield hooks
    finally:
        hooks.undo()
