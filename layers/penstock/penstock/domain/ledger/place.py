"""What releases are about: an endpoint, a target on one, or a name of batch jobs."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NewType

Key = NewType("Key", str)
"""The key by which ledger, protocol and document know a place. Only this module parses it."""

_BATCH = "batch:"
_TARGET = "/"


@dataclass(frozen=True)
class Place:
    """A place that one release at a time may hold.

    `name` is what SageMaker calls it. A target has its endpoint's name and its own. SageMaker's
    names contain neither a slash nor a colon, so no two places share a key.

    >>> Place("target", "stores", "store-017").key
    'stores/store-017'

    Raises:
        ValueError: the name is none of SageMaker's, or a target is missing or too much.
    """

    kind: Literal["endpoint", "target", "batch"]
    name: str
    target: str = ""

    def __post_init__(self) -> None:
        if _TARGET in self.name or ":" in self.name:
            raise ValueError(f"SageMaker names nothing {self.name!r}")
        if bool(self.target) != (self.kind == "target"):
            raise ValueError(f"a place of kind {self.kind} with target {self.target!r}")

    @property
    def key(self) -> Key:
        """What it is known by. An endpoint is known by its name alone, as it always was."""
        match self.kind:
            case "endpoint":
                return Key(self.name)
            case "target":
                return Key(f"{self.name}{_TARGET}{self.target}")
            case "batch":
                return Key(f"{_BATCH}{self.name}")

    @property
    def folded(self) -> "Place":
        """The same place, in the one spelling that the ledger goes by.

        Endpoint names that differ only in case name one endpoint (facts 3.1). Targets do not.
        """
        return self if self.kind == "batch" else replace(self, name=self.name.lower())

    @property
    def stored(self) -> str:
        """What the ledger stores it under."""
        return f"{self.kind}#{self.folded.key.removeprefix(_BATCH)}"

    def __str__(self) -> str:
        """What sentences call it."""
        match self.kind:
            case "endpoint":
                return f"endpoint {self.name}"
            case "target":
                return f"target {self.target} of endpoint {self.name}"
            case "batch":
                return f"batch name {self.name}"


@lru_cache(maxsize=1024)
def place_of(key: Key) -> Place:
    """The place that is known by this key.

    Raises:
        ValueError: no place is.
    """
    if key.startswith(_BATCH):
        return Place("batch", key.removeprefix(_BATCH))
    name, slash, target = key.partition(_TARGET)
    return Place("target", name, target) if slash else Place("endpoint", name)


def known_place(key: Key) -> Place | None:
    """The place that is known by this key. None if somebody edited it, so that no place is."""
    try:
        return place_of(key)
    except ValueError:
        return None


def checked(key: Key) -> Key:
    """The key, if it names a place.

    Raises:
        ValueError: it names none.
    """
    return place_of(key).key


def key_of_endpoint(name: str) -> Key:
    """What the endpoint of this name is known by."""
    return Place("endpoint", name).key
