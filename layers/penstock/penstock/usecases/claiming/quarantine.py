"""Whether a quarantine keeps a package from being released. The ledger is only read."""

from penstock.domain.execution.request import Request
from penstock.domain.ledger.quarantine import quarantining, why_not
from penstock.ports.ledger import Ledger
from penstock.usecases.claiming.admission import Admitted


def quarantined(ledger: Ledger, request: Request, admitted: Admitted) -> str | None:
    """Why this start may not release the package, as a sentence. None if it may."""
    if request.despite_quarantine or not admitted.made_of:
        return None
    found = quarantining(ledger.records(admitted.policy.place.key), admitted.made_of)
    return why_not(found, admitted.package.arn, by_hand=not request.automatic)
