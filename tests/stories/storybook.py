"""Golden texts of releases: what is told in each scene, compared word by word with a file.

`make stories` writes them again. Read the difference before you commit it: each line is a claim.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.stories import plots_of_races as races
from tests.stories import plots_of_releases as releases
from tests.stories import plots_of_surprises as surprises
from tests.stories import plots_of_trouble as trouble
from tests.stories.storyteller import Beginning, Storyteller
from tests.worlds.goals import BETTER
from tests.worlds.sweeps import QUICK, SCENES, finish, prepared, released
from tests.worlds.world import World

FOLDER = Path(__file__).parent / "releases"
WITH_CALLS = {"good release", "bad release", "recovery", "rollback", "adopted"}
"""The main ways of a release, told with every call of a port."""
WITH_PLAN = {"planned", "planned by traffic", "climbing", "experiment planned"}
"""Told with the whole plan: with explicit steps, open ones, adaptive ones, and an experiment."""
BEGINNINGS = ("good release", "climbing", "first release", "superseded", "without traffic")
"""Others begin like these; their texts begin where they differ."""


@dataclass(frozen=True)
class Story:
    """`act` is told, from where `before` has come to."""

    act: Callable[[World], None]
    before: Callable[[], World] = lambda: released(2)


def tell(name: str) -> str:
    """What happens in a scene, until the sweeps bring rest."""
    like = () if name in {*BEGINNINGS, *WITH_CALLS} else tuple(map(beginning, BEGINNINGS))
    return played(name).story(like, calls=name in WITH_CALLS, plan=name in WITH_PLAN)


def played(name: str) -> Storyteller:
    story = STORIES[name]
    world = story.before()
    teller = Storyteller(world)
    story.act(world)
    finish(world)
    return teller


@cache
def beginning(name: str) -> Beginning:
    return Beginning(path(name).name, played(name).parts)


def path(name: str) -> Path:
    return FOLDER / f"{name.replace(' ', '_')}.txt"


def swept(name: str) -> Story:
    """A scene of the sweeps."""

    def world() -> World:
        return prepared(name)()

    return Story(SCENES[name].act, world)


SWEPT = {name: swept(name) for name in SCENES}
TOLD = {
    "adopted": Story(releases.is_adopted, releases.stranger),
    "not adopted": Story(releases.is_released, releases.stranger),
    "planned": Story(releases.is_planned),
    "planned by traffic": Story(releases.is_planned, releases.open_steps),
    "planned while held": Story(releases.is_planned_while_held),
    "linear with latency": Story(releases.is_released, releases.under(**releases.LATENCY)),
    "all at once": Story(releases.is_released, releases.under(rollout={"strategy": "all_at_once"})),
    "guardrail": Story(releases.is_released, releases.under(**releases.GUARDED)),
    "guardrail and worse": Story(releases.is_deployed_badly, releases.under(**releases.GUARDED)),
    "guardrail undone": Story(releases.is_undone_silently, releases.under(**releases.GUARDED)),
    "climbing": Story(releases.is_released, releases.compared),
    "climbing and worse": Story(releases.is_worse, releases.compared),
    "held back": Story(releases.is_released, releases.under(**releases.HELD)),
    "harmed late": Story(releases.harmed_late, releases.under(**releases.HELD)),
    "worse": Story(releases.is_worse),
    "already alarmed": Story(releases.already_alarmed),
    "without an alarm": Story(releases.without_an_alarm),
    "not approved": Story(releases.is_not_approved),
    "without a policy": Story(releases.without_a_policy),
    "nonsense": Story(releases.nonsense),
    "revoked": Story(releases.is_revoked),
    "rejected while it serves": Story(releases.is_rejected_while_it_serves),
    "rejected with nothing to go back to": Story(
        releases.is_rejected_with_nothing_left, releases.under(rollout=releases.GOES_BACK)
    ),
    "rejected while it is blocked": Story(
        releases.is_rejected_while_blocked, releases.under(rollout=releases.GOES_BACK)
    ),
    "a stage is refused": Story(releases.cannot_be_staged, releases.under(lifecycle={})),
    "taken back unheard": Story(releases.taken_back_unheard),
    "alarm unheard": Story(releases.alarm_unheard),
    "without traffic": Story(releases.without_traffic),
    "without traffic, rolled back": Story(
        releases.without_traffic, releases.under(judge=releases.judged(on_inconclusive="roll_back"))
    ),
    "without traffic, promoted": Story(
        releases.without_traffic, releases.under(judge=releases.judged(on_inconclusive="promote"))
    ),
    "with traffic at last": Story(releases.with_traffic_at_last),
    "frozen unreadably": Story(releases.frozen_unreadably),
    "no outcomes": Story(releases.is_released, releases.experimenting({})),
    "experiment planned": Story(releases.is_planned, releases.experimenting(BETTER, max_days=14)),
    "insists during a freeze": Story(releases.insists),
    "counts nothing": Story(trouble.counts_nothing),
    "keeps no minutes": Story(trouble.keeps_no_minutes),
    "in maintenance": Story(trouble.in_maintenance),
    "planned in maintenance": Story(trouble.planned_in_maintenance),
    "slow": Story(trouble.is_slow),
    "undone": Story(trouble.undone),
    "fails for good": Story(trouble.fails_for_good),
    "refused for hours": Story(trouble.is_refused_for_hours),
    "not found for long": Story(trouble.not_found_for_long),
    "throttled": Story(trouble.throttled),
    "a step fails": Story(trouble.step_fails),
    "too few instances": Story(trouble.has_too_few_instances),
    "another image": Story(trouble.serves_another_image),
    "scale-in stays": Story(trouble.scale_in_stays),
    "edited while watched": Story(trouble.edited_while_watched),
    "edited and put back": Story(trouble.edited_and_put_back),
    "goes away": Story(trouble.goes_away),
    "goes away at rest": Story(trouble.goes_away_at_rest),
    "back by name": Story(releases.back_by_name),
    "back and back": Story(releases.back_and_back),
    "back in the middle": Story(releases.back_in_the_middle),
    "back by name in the middle": Story(releases.back_by_name_in_the_middle),
    "back after a death": Story(trouble.back_after_a_death),
    "released after a death": Story(trouble.released_after_a_death),
    "released after a death in its window": Story(trouble.released_after_a_death_in_its_window),
    "recovered for nothing": Story(trouble.recovered_for_nothing),
    "stray": Story(trouble.stray),
    "again": Story(releases.again),
    "promoted in silence": Story(trouble.promoted_in_silence),
    "rolled back in silence": Story(trouble.rolled_back_in_silence),
    "superseded in silence": Story(trouble.superseded_in_silence),
    "refused in silence": Story(trouble.refused_in_silence),
    "restored in silence": Story(trouble.restored_in_silence),
    "stopped in silence": Story(trouble.stopped_in_silence),
    "a release overtaken": Story(races.release_overtaken),
    "a window overtaken": Story(races.window_overtaken),
    "a rollback overtaken": Story(races.rollback_overtaken),
    "blocked meanwhile": Story(races.blocked_meanwhile),
    "superseded meanwhile": Story(races.superseded_meanwhile),
    "loses its gate": Story(races.loses_its_gate),
    "without an answer": Story(races.without_an_answer),
    "looks fail": Story(races.looks_fail),
    "has no time left": Story(races.has_no_time_left),
    "halted while it settles": Story(races.halted_while_it_settles),
    "a deletion without an answer": Story(races.deletion_without_an_answer),
    "two settle": Story(races.two_settle),
    "busy when it settles": Story(races.busy_when_it_settles),
    "undone before it settles": Story(races.undone_before_it_settles),
    "vanishes before it settles": Story(races.vanishes_before_it_settles),
    "edited before it settles": Story(races.edited_before_it_settles),
    "promoted after a tidy that waits": Story(
        races.promoted_after_a_tidy_that_waits, races.tidy_pending
    ),
    "back while a tidy waits": Story(races.back_while_a_tidy_waits, races.tidy_pending),
    "tidy told in silence": Story(races.tidy_told_in_silence),
    "released while blocked": Story(races.released_while_blocked, races.blocked),
    "back while blocked": Story(races.back_while_blocked, races.blocked),
    "failed at rest": Story(races.failed_at_rest),
    "failed before it is released": Story(races.failed_before_it_is_released),
    "planned after its promotion": Story(races.planned_after_its_promotion),
    "adopts two variants": Story(races.adopts_two_variants, releases.stranger),
    "keeps two": Story(
        races.keeps_two, releases.under(rollout={**QUICK["rollout"], "keep_releases": 2})
    ),
    "two alarms missing and two in alarm": Story(races.two_alarms_missing_and_two_in_alarm),
    "waits as long as the policy says": Story(races.waits_as_long_as_the_policy_says),
    "claimed twice": Story(surprises.claimed_twice),
    "back claimed twice": Story(surprises.back_claimed_twice),
    "taken over twice": Story(surprises.taken_over_twice),
    "window entered twice": Story(surprises.window_entered_twice),
    "halted as it enters its window": Story(surprises.halted_as_it_enters_its_window),
    "promoted with another image": Story(surprises.promoted_with_another_image),
    "appears late": Story(surprises.appears_late, lambda: released(0)),
    "never appears": Story(surprises.never_appears, lambda: released(0)),
    "goes away before its promotion": Story(surprises.goes_away_before_its_promotion),
    "fails before its promotion": Story(surprises.fails_before_its_promotion),
    "edited on the way back": Story(surprises.edited_on_the_way_back),
    "queued before there is a plan": Story(
        surprises.queued_before_there_is_a_plan,
        releases.under(rollout={**QUICK["rollout"], "on_newer": "queue"}),
    ),
    "adopted again": Story(surprises.adopted_again),
    "back in maintenance": Story(surprises.back_in_maintenance),
    "moved meanwhile": Story(surprises.moved_meanwhile),
    "reviewed and released": Story(surprises.reviewed_and_released),
    "back to what was adopted": Story(surprises.back_to_what_was_adopted, releases.stranger),
    "back to nobody knows what": Story(surprises.back_to_nobody_knows_what),
    "back too late": Story(surprises.back_too_late),
    "overloaded": Story(surprises.overloaded),
    "kept at last": Story(
        surprises.kept_at_last, releases.under(rollout={**QUICK["rollout"], "step_minutes": 8})
    ),
    "hopeless": Story(surprises.hopeless),
    "overtaken and not done": Story(races.overtaken_and_not_done),
    "put back before it settles": Story(races.put_back_before_it_settles),
    "first release harmed": Story(surprises.first_release_harmed, lambda: released(0)),
    "approved again while it rolls back": Story(surprises.approved_again_while_it_rolls_back),
    "approved again after a death": Story(surprises.approved_again_after_a_death),
}
STORIES = SWEPT | TOLD

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in STORIES:
        path(name).write_text(tell(name), encoding="utf-8")
