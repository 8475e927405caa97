"""When to try again: what was refused together does not come back together."""

import hashlib


def spread(moment: str, between: tuple[int, int]) -> int:
    """Seconds, both ends included, that a text draws: the same for the same text."""
    least, most = between
    drawn = int.from_bytes(hashlib.sha256(moment.encode()).digest()[:4])
    return least + drawn % (most - least + 1)
