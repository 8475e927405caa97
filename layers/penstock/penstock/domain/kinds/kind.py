"""A serving kind: what SageMaker offers on it, and how a release of it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from penstock.domain.kinds.blueprint import Blueprint
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.series import Published
from penstock.domain.ledger.content import Content
from penstock.domain.reviewing.package import Package

if TYPE_CHECKING:  # the policy's sections are validated by this table, so they import it
    from penstock.domain.policy.serving import ServingSection


class Intent(NamedTuple):
    """What is released: onto `live`, or to a place where nothing is yet.

    `copied` is the percentage of the requests that a shadow gets copies of first; 0: there is none.
    """

    endpoint: str
    serving: "ServingSection"
    package: Package
    release: str
    live: LiveSetup | None
    copied: float = 0


class Contents(NamedTuple):
    """What the place shows during a release.

    `staged` has the candidate beside live without requests, `shadowed` as a shadow of it; None
    where the kind has no shadows. `variant` is the name of the serving variant throughout. `found`
    is the configuration that serves before; None: nothing does.
    """

    variant: str
    staged: Content
    final: Content
    found: str | None = None
    shadowed: Content | None = None


class Releases(Protocol):
    """The pure half of a kind that this version can release."""

    @property
    def published(self) -> Published:
        """What its variants publish. Signals and alarms are both drawn from this table."""
        ...

    def check_live(self, intent: Intent) -> None:
        """Check that the release can start from the present setup.

        Raises:
            Refused: It cannot. The sentence says why and what would help.
        """
        ...

    def contents(self, intent: Intent) -> Contents:
        """What the place is going to show."""
        ...

    def floor(self, intent: Intent) -> int:
        """F: live's instances at the claim; for a first release those of the policy."""
        ...

    def candidates(self, serving: "ServingSection", floor: int, percent: float) -> int:
        """Instances that a candidate needs for its largest share, in percent."""
        ...

    def draw(self, intent: Intent, candidates: int | None) -> Blueprint:
        """Every request of the release. `candidates`: instances beside live, None for none.

        Raises:
            Refused: the policy leaves something open, or it is more than SageMaker takes.
        """
        ...


@dataclass(frozen=True)
class Kind:
    """One line of the table of kinds.

    `excludes` are strategies, and keys of the policy's `rollout` (`shadow_minutes`,
    `holdback_percent`, `rehearse`), that make no sense or that SageMaker does not offer, with the
    reason (facts 3.7);
    `offers_no` are keys of the policy's `serving` (facts 3.6). `releases` is None where this
    version cannot release the kind yet. `golden`: a variant without traffic can be asked golden
    requests by its name. `called` is its plural in sentences.
    """

    name: str
    called: str
    excludes: Mapping[str, str]
    offers_no: tuple[str, ...] = ()
    releases: Releases | None = None
    golden: bool = False
