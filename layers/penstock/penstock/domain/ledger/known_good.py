"""Known-good releases: what a rollback may go back to."""

from collections.abc import Iterable

from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.record import ReleaseRecord


def users_on(gate: Gate) -> Content | None:
    """The content that users are on: while a TIDY is pending, what is to be put back."""
    return gate.previous if gate.tidy else gate.content


def good_before(gate: Gate, records: Iterable[ReleaseRecord]) -> tuple[ReleaseRecord, ...]:
    """Known-good releases before the content that users are on, the newest first.

    Args:
        gate: The gate of the place.
        records: All releases of the place, the newest approval first.

    Returns:
        The releases. None of them has the content that users are on. Empty if nothing is known
        of the content, or a rollback went back to what was adopted before any release.
    """
    now = users_on(gate)
    if now is None:
        return ()
    good = [each for each in records if each.known_good]
    serving = next((each for each in good if now.same(each.content)), None)
    if serving is None and not gate.package:
        return ()
    earlier = (r for r in good if serving is None or r.approved_at < serving.approved_at)
    return tuple(each for each in earlier if not now.same(each.content))
