"""Tables in Markdown."""

from collections.abc import Iterable, Iterator, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, one by one as its rows come."""
    yield line(head)
    yield "|" + "---|" * len(head)
    for row in rows:
        yield line(row)


def line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
