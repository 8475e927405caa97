"""Quarantine: what a release was rolled back for is not released automatically again."""

from collections.abc import Iterable

from penstock.domain.ledger.record import ReleaseRecord

FOREVER = 1 << 62
"""Later than every moment: a rollback that has begun and not ended yet."""


def quarantining(
    records: Iterable[ReleaseRecord], made_of: tuple[str, ...]
) -> tuple[ReleaseRecord, ...]:
    """Releases that keep an artefact and image in quarantine, the last one first.

    A release of the same that was promoted since has shown that it may serve.

    Args:
        records: All releases of the place.
        made_of: Digests of artefact and image. Empty: they are unknown, and nothing keeps them.
    """
    same = [r for r in records if made_of and r.made_of == made_of]
    promoted = max((_ended(r) for r in same if r.state == "promoted"), default=-1)
    bad = [r for r in same if r.quarantined and _ended(r) > promoted]
    return tuple(sorted(bad, key=_ended, reverse=True))


def why_not(found: tuple[ReleaseRecord, ...], package: str, *, by_hand: bool) -> str | None:
    """Why a package in quarantine is not released, as a sentence. None if it is.

    Args:
        found: The releases that keep it in quarantine, the last one first.
        package: ARN of the package.
        by_hand: Whether a person starts the release. The same package may then be tried again.
    """
    own = [r for r in found if r.package.casefold() == package.casefold()]
    if not found or (own and by_hand):
        return None
    if own:
        return (
            f"the package is quarantined: its release {own[0].release} was rolled back "
            f"({own[0].quarantined}); a release that is started by hand tries it again"
        )
    return (
        f"the package is quarantined: it has the same artefact and image as {found[0].package}, "
        f"whose release {found[0].release} was rolled back ({found[0].quarantined}); to release "
        'it anyway, start a release by hand with "despite_quarantine": true'
    )


def _ended(record: ReleaseRecord) -> int:
    return FOREVER if record.ended_at is None else record.ended_at
