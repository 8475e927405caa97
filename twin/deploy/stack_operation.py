"""One deployment of a stack: its changes, clean-up and rollback, as CloudFormation does them."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from twin.deploy.resource_deletions import delete
from twin.deploy.resource_updates import update
from twin.deploy.resources import Context, Created, Creator, Properties, create
from twin.deploy.resources_control import CREATORS as _CONTROL
from twin.deploy.resources_lambda import CREATORS as _LAMBDA
from twin.deploy.resources_storage import CREATORS as _STORAGE
from twin.deploy.stack_changes import Change
from twin.deploy.stack_state import Done, Present, Step
from twin.deploy.template import DeployError

CREATORS: Mapping[str, Creator] = {**_LAMBDA, **_STORAGE, **_CONTROL}


@dataclass
class Operation:
    """A running deployment: the resources before, the resources now, and the steps so far."""

    context: Context
    was: Mapping[str, Present]
    generation: int
    present: dict[str, Present] = field(default_factory=dict)
    """The resources now, in the order of dependencies."""
    steps: list[Step] = field(default_factory=list)
    discarded: list[Present] = field(default_factory=list)
    kept: list[Present] = field(default_factory=list)
    """The replaced resources that their policy retains. The others are in `discarded`."""

    def settle(
        self, logical_id: str, resource: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> Created:
        """Create, update, replace or leave one resource."""
        before = self.was.get(logical_id)
        on_deletion = resource.get("DeletionPolicy", "Delete")
        if before is None:
            now = self._create("created", logical_id, resource, properties)
        else:
            now = self._changed(replace(before, on_deletion=on_deletion), resource, properties)
        self.present[logical_id] = now
        return now.created

    def _changed(
        self, before: Present, resource: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> Present:
        if before.kind != resource["Type"]:
            raise DeployError(f"{before.logical_id}: an update may not change its type")
        change = Change(before.kind, before.properties, properties)
        if not change.names:
            return before
        if not change.replaces:
            return self._noted("updated", before, self._update(before, properties))
        if change.keeps_a_given_name:
            raise ValueError("a custom-named resource requires replacing: rename it")
        goes = resource.get("UpdateReplacePolicy", "Delete") == "Delete"
        (self.discarded if goes else self.kept).append(before)
        return self._create("replaced", before.logical_id, resource, properties)

    def _create(
        self,
        done: Done,
        logical_id: str,
        resource: Mapping[str, Any],
        properties: Mapping[str, Any],
    ) -> Present:
        kind, on_deletion = resource["Type"], resource.get("DeletionPolicy", "Delete")
        self._turn_to(logical_id, kind, self.generation)
        created = create(CREATORS[kind], self.context, Properties(deepcopy(properties)))
        made = Present(logical_id, kind, properties, created, self.generation, on_deletion)
        return self._noted(done, self.was.get(logical_id), made)

    def _update(self, before: Present, properties: Mapping[str, Any]) -> Present:
        self._turn_to(before.logical_id, before.kind, before.generation)
        change = Change(before.kind, before.properties, properties)
        created = update(self.context, before.created, change)
        return replace(before, properties=properties, created=created)

    def _turn_to(self, logical_id: str, kind: str, generation: int) -> None:
        self.context.logical_id, self.context.kind = logical_id, kind
        self.context.generation = generation

    def _noted(self, done: Done, before: Present | None, now: Present) -> Present:
        self.steps.append(Step(done, before, now))
        return now

    @property
    def made(self) -> tuple[str, ...]:
        """The logical ids of the new resources."""
        return tuple(step.after.logical_id for step in self.steps if step.done == "created")

    def roll_back(self) -> list[str]:
        """Undo every step, the last one first. Return the physical ids of retained resources.

        AWS: resources that the failed deployment created stay if their policy is Retain. AWS does
        not document whether this includes replacements. The twin deletes those.
        """
        stays = []
        for step in reversed(self.steps):
            if step.done == "updated" and step.before:
                self._update(step.after, step.before.properties)
            elif step.done == "created" and step.after.on_deletion == "Retain":
                stays.append(step.after.created.physical_id)
            else:
                remove(self.context, step.after)
        return stays

    def clean_up(self) -> list[str]:
        """Delete replaced resources and those no longer in the template, the newest first.

        Return the physical ids of those that stay, because of their policy or because AWS refuses
        to delete them. CloudFormation ignores the latter.
        """
        removed = [p for name, p in self.was.items() if name not in self.present]
        stays = [*self.kept, *(p for p in removed if p.on_deletion != "Delete")]
        going = [*self.discarded, *(p for p in removed if p.on_deletion == "Delete")]
        order = list(self.was)
        going.sort(key=lambda present: order.index(present.logical_id), reverse=True)
        return [p.created.physical_id for p in (*stays, *self._undeletable(going))]

    def _undeletable(self, going: list[Present]) -> Iterator[Present]:
        for present in going:
            try:
                remove(self.context, present)
            except ClientError as error:
                self.context.note(f"{present.logical_id} could not be deleted: {error}")
                yield present


def remove(context: Context, present: Present) -> None:
    """Delete one resource."""
    delete(context, present.kind, present.created, present.properties)
