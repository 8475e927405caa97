"""The full setup that a release starts from, and which parts people made."""

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.domain.errors import Damaged, Denied, Missing, Refused, RefusedByAws
from penstock.domain.kinds.endpoint import EndpointView, LiveSetup
from penstock.domain.ledger import naming
from penstock.domain.ledger.gate import Gate
from penstock.domain.planning.inherited import inherited
from penstock.domain.planning.plan import Plan
from penstock.ports.ledger import Ledger, Plans
from penstock.ports.registry import Registry
from penstock.ports.serving import Endpoints, Scaling


@dataclass(frozen=True)
class WhatServes:
    """Reads only."""

    endpoints: Endpoints
    ledger: Ledger
    plans: Plans
    scaling: Scaling
    registry: Registry

    def __call__(self, gate: Gate, view: EndpointView, endpoint: str, config: str) -> LiveSetup:
        """The configuration, its model and their scaling, without what a release wrote there.

        Scale-in that an earlier release suspended and nobody resumed yet counts as on.

        Raises:
            Refused: The configuration or its model was deleted.
        """
        shown = self.endpoints.setup(view, endpoint, config)
        made_by = self._made_by(gate, config)
        live = inherited(shown, made_by, {} if made_by else self._brought(shown))
        found = self.scaling.scale_in(endpoint, live.variant)
        ours = gate.suspension is not None and gate.suspension.variant == live.variant
        return live.scaling_in("on" if found and ours else found)

    def _made_by(self, gate: Gate, config: str) -> Plan | None:
        """The plan of the release that created a configuration. None if people created it."""
        release = naming.release_of(gate.endpoint, config)
        record = self.ledger.record(gate.key, release) if release else None
        if record is None or record.planned is None:
            return None
        try:
            return self.plans.plan(gate.key, record.release, record.planned.digest)
        except Damaged:  # then all that it shows counts as people's, and the release goes on
            return None

    def _brought(self, shown: LiveSetup) -> Mapping[str, str]:
        """The variables of the package that a model was made from.

        Empty if the package cannot be read. Then every variable of the model counts as people's.
        """
        named = shown.container.get("ModelPackageName")
        if not named:
            return {}
        try:
            found = self.registry.package(named)
        except (Missing, Denied, Refused, RefusedByAws):
            return {}
        return {k: v for container in found.containers for k, v in container.environment.items()}
