"""What serves on SageMaker: what there is, and the verbs that change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.kinds.endpoint import EndpointView, LiveSetup, ScaleIn
    from penstock.domain.ledger.content import Content
    from penstock.domain.planning.plan import Plan
    from penstock.domain.planning.stage import Stage


class Endpoints(Protocol):
    """Endpoints as SageMaker shows them. Nothing here changes them."""

    def look(self, endpoint: str) -> EndpointView | None:
        """The endpoint now. None if it does not exist."""
        ...

    def setup(self, view: EndpointView, endpoint: str, config: str) -> LiveSetup:
        """Everything a release starts from.

        Args:
            view: The endpoint as a look has shown it.
            endpoint: Its name.
            config: Name of the configuration to start from.

        Returns:
            The configuration, the model that it names, and the present instances.

        Raises:
            Refused: The configuration or its model was deleted.
        """
        ...


class Serving(Protocol):
    """The verbs of a serving kind. Each call is idempotent; names come from the plan.

    Raises:
        Busy: The endpoint is not InService.
        NoCapacity: A quota or the instance pool is exhausted.
        Missing: A resource does not exist, or not yet.
        Denied: The role lacks a permission.
        Unavailable: A transient failure.

    After any of these errors the endpoint is unchanged, except after Unanswered.
    """

    def forward(self, plan: Plan, stage: Stage, view: EndpointView | None) -> None:
        """Make what a stage needs, and ask for its target; `view` is the look just taken."""
        ...

    def rehearse(self, plan: Plan) -> None:
        """Make the rehearsal endpoint of a plan, and what it needs. One that is there stays."""
        ...

    def shift(self, endpoint: str, target: Content) -> None:
        """Ask for the shares of a content whose configuration is there."""
        ...

    def tidy(self, endpoint: str, back_to: Content) -> None:
        """Ask for what is gone back to."""
        ...

    def remove(self, endpoint: str, shown: Content) -> None:
        """Remove an endpoint that no user relies on; `shown` is what is there."""
        ...


class Brakes(Protocol):
    """Stops a deployment under way. SageMaker undoes it once it sees the brake's alarm.

    Raises:
        Denied: The role lacks a permission.
        Unavailable: A transient failure.
    """

    def pull(self, endpoint: str, config: str) -> None:
        """Pull the brake of the deployment of a configuration, for a minute or two."""
        ...


class Retiring(Protocol):
    """Deletes what ended releases made, whatever their serving kind."""

    def retire(self, configs: tuple[str, ...], models: tuple[str, ...]) -> None:
        """Delete by name. Names that are already gone are fine."""
        ...


class Scaling(Protocol):
    """Auto-scaling of a variant's instances. Both changes are idempotent.

    Capacities and other suspensions stay as they are. If the variant is no scalable target, nothing
    changes.

    Raises:
        Denied, Unavailable, Unscalable: The target is unchanged.
    """

    def scale_in(self, endpoint: str, variant: str) -> ScaleIn | None:
        """Whether auto-scaling may remove instances. None if the variant is no scalable target."""
        ...

    def suspend(self, endpoint: str, variant: str) -> None:
        """Suspend scale-in."""
        ...

    def resume(self, endpoint: str, variant: str) -> None:
        """Resume scale-in."""
        ...


class ListedEndpoint(NamedTuple):
    """An endpoint as it is listed. `modified` is in ms. `settled` means that no update is in
    progress.
    """

    name: str
    modified: int
    settled: bool


class Account(Protocol):
    """Every endpoint of the account and region, whoever created it. Nothing here changes them."""

    def listed(self) -> list[ListedEndpoint]:
        """Every endpoint."""
        ...

    def configs_of(self, endpoint: str) -> frozenset[str]:
        """Names of its current and pending configurations. Empty if the endpoint is gone."""
        ...

    def models_of(self, config: str) -> frozenset[str] | None:
        """Names of the models of a configuration. None if the configuration is gone."""
        ...
