"""Jitter: calls that were throttled together are not repeated together."""

import hashlib


def spread(moment: str, between: tuple[int, int]) -> int:
    """Seconds within a range, both ends included. The same text always draws the same number."""
    least, most = between
    drawn = int.from_bytes(hashlib.sha256(moment.encode()).digest()[:4])
    return least + drawn % (most - least + 1)
