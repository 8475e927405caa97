"""How the thousand histories of the tests are dealt out: one file each for a worker."""

HISTORIES = 250
AT_ONCE = 25


def batch(first: int) -> list[range]:
    """The seeds of one file, in ranges."""
    return [range(k, k + AT_ONCE) for k in range(first, first + HISTORIES, AT_ONCE)]
