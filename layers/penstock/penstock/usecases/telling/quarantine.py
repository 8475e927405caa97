"""The announcement that artefact and image of a package are quarantined."""

from penstock.domain.execution.announcements import PackageQuarantined
from penstock.domain.ledger.record import ReleaseRecord


def quarantine_of(endpoint: str, record: ReleaseRecord | None) -> tuple[PackageQuarantined, ...]:
    """What to publish of a release that has ended. Empty if it quarantined nothing."""
    if record is None or not record.quarantined:
        return ()
    said = PackageQuarantined(
        endpoint=endpoint,
        release_id=record.release,
        model_package_arn=record.package or None,
        reason=(
            f"{record.quarantined}; from now on a package with the same artefact and image is "
            "released only by hand"
        ),
        digests=record.made_of,
    )
    return (said,)
