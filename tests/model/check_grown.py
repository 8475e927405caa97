"""Check what grew after the first model: chores at rest, UpdateRollbackFailed, hand-overs, a person's rollback.

python3 check_grown.py [--worlds] [--rules] [-v]      one core, below 5 minutes (both)
"""

import sys
import time

from explore import explore, show
from protocol_model import GROWN, RULES, Model, initial

# name: starts of exec(1)/exec(2), faults in total, kinds of fault and numbers of events, start, model options
# Events are counted apart from faults: asked (a person's rollback), hand (hand-overs), spurious (recoveries for nothing, as for
# scale-in), nodelete (deletions that are refused), refused (repairs that are refused for good).
HALF = dict(give_up="any")
WORLDS = {
    "chores": ((1, 1), 2, dict(death=1, dup=1, spurious=1, nodelete=1), {}, HALF),
    "chores, asked, edited": (
        (0, 1),
        2,
        dict(death=1, dup=1, edit=1, silent=1, spurious=1, asked=1),
        {},
        HALF,
    ),
    "broken": ((0, 1), 3, dict(breaks=1, death=1, dup=1, alarm=1, expiry=1), {}, {}),
    "broken, takes neither": (
        (0, 1),
        3,
        dict(breaks=1, death=1, dup=1, alarm=1, refused=1),
        {},
        dict(weights=False, same=False),
    ),
    "broken, takes no weights": (
        (0, 1),
        3,
        dict(breaks=1, death=1, alarm=1, silent=1, refused=1),
        {},
        dict(weights=False),
    ),
    "broken, takes no same": (
        (0, 1),
        3,
        dict(breaks=1, death=1, alarm=1, edit=1),
        {},
        dict(same=False),
    ),
    "broken, two releases": ((1, 1), 2, dict(breaks=1, death=1, dup=1), {}, {}),
    "broken, asked": (
        (0, 1),
        2,
        dict(breaks=1, death=1, dup=1, alarm=1, asked=1),
        {},
        dict(same=False),
    ),
    "broken at rest": (
        (0, 0),
        3,
        dict(breaks=1, death=1, dup=1, spurious=1, asked=1),
        dict(broken=True),
        dict(max_rec=2),
    ),
    "broken at rest, released": ((0, 1), 2, dict(breaks=1, death=1, edit=1), dict(broken=True), {}),
    "handed over": ((1, 1), 2, dict(hand=2, death=1, dup=1, expiry=1), {}, dict(most=1)),
    "handed over, asked": (
        (0, 1),
        1,
        dict(hand=2, death=1, dup=1, alarm=1, asked=1),
        {},
        dict(most=1, **HALF),
    ),
    "handed over, broken": ((0, 1), 2, dict(hand=1, breaks=1, death=1, dup=1), {}, dict(most=1)),
    "tidied, edited": ((1, 1), 2, dict(edit=1, death=1), {}, HALF),
    "asked": ((0, 1), 2, dict(death=1, alarm=1, edit=1, asked=1), {}, HALF),
    "stuck": (
        (1, 1),
        2,
        dict(hang=1, expiry=1, death=1, away=1),
        {},
        dict(sweeps=1, most=1, hasty=True),
    ),
    "stuck, asked": (
        (0, 1),
        2,
        dict(hang=1, expiry=1, away=1, dup=1, alarm=1, asked=1),
        {},
        dict(sweeps=1, most=1, hasty=True),
    ),
    "stuck, two sweeps": (
        (0, 1),
        3,
        dict(hang=1, expiry=1, away=1, death=1, dup=1),
        {},
        dict(sweeps=2, most=1, max_rec=2, hasty=True),
    ),
    "stuck, lasting": (
        (0, 1),
        3,
        dict(expiry=2, away=2, alarm=1, lost=1, silent=1),
        {},
        dict(sweeps=1, most=4, hasty=True),
    ),
    "stuck, handed over": (
        (0, 1),
        2,
        dict(hand=1, expiry=1, away=1, hang=1, death=1),
        {},
        dict(sweeps=1, most=1, hasty=True),
    ),
    "blocked": (
        (0, 1),
        2,
        dict(death=1, dup=1, spurious=1, asked=1),
        {},
        dict(most=1, max_rec=2, hasty=True),
    ),
}
WITHOUT = {  # rule: the world that shows it
    "chore_lock": "chores",
    "chore_look": "chores, asked, edited",
    "chore_keep": "chores, asked, edited",
    "chore_sweep": "chores",
    "left_replaced": "chores",
    "left_window": "chores",
    "chore_content": "chores",
    "keep_content": "chores, asked, edited",
    "note_before": "broken",
    "note_time": "broken, takes neither",
    "note_spent": "broken",
    "shares_first": "broken",
    "shares_after": "broken, takes neither",
    "broken_fence": "broken at rest",
    "broken_sweep": "broken at rest",
    "hand_reset": "handed over",
    "hand_keep": "handed over",
    "block_lock": "blocked",
    "req_heir": "asked",
    "req_content": "asked",
    "restore_first": "broken",
    "stray_whole": "tidied, edited",
    "note_first": "stuck, asked",
    "note_wait": "stuck, asked",
    "note_lease": "stuck, asked",
    "note_sweep": "stuck, asked",
    "note_runs": "stuck, asked",
    "take_lease": "stuck, asked",
    "count_dead": "stuck, asked",
}
REDUNDANT = {  # nothing breaks without them in these worlds: kept for clearness, or for A1 broken
    "chore_fence": "chores",
    "chore_mine": "chores",
    "left_stray": "chores, asked, edited",
    "broken_fresh": "broken at rest",
    "broken_drift": "broken at rest, released",
    "note_same": "stuck, asked",
    "count_lease": "stuck, asked",
    "note_back": "stuck, asked",
    "block_lease": "stuck, asked",
}


def play(world, rules, limit=3_000_000, progress=True):
    starts, total, kinds, start, options = WORLDS[world]
    first = initial(starts, total, promoted=starts[0] == 0, **start, **kinds)
    return explore(
        Model(rules, max_exec=4, total=total, **options), first, limit=limit, progress=progress
    )


def main(args):
    began, failed, seen = time.time(), 0, [0, 0]
    if "--rules" not in args:
        for world in WORLDS:
            r = play(world, RULES)
            seen = [seen[0] + r["states"], seen[1] + r["transitions"]]
            failed += bool(r["found"])
            print(
                "%-34s %8d states %9d transitions %5d at rest %4d s  %s"
                % (
                    world,
                    r["states"],
                    r["transitions"],
                    r.get("rest", 0),
                    r["seconds"],
                    ", ".join(r["found"]) or "ok",
                ),
                flush=True,
            )
            for trace in r["found"].values():
                print(show(trace))
        print(
            "%d worlds, %d states, %d transitions, %d s" % (len(WORLDS), *seen, time.time() - began)
        )
    if "--worlds" not in args:
        for rule, world in WITHOUT.items():
            r = play(world, dict(RULES, **{rule: False}))
            found = [kind for kind in r["found"] if kind != "LIMIT reached"]
            failed += not found
            print(
                "without %-16s in %-28s %8d states %4d s  %s"
                % (rule, world, r["states"], r["seconds"], ", ".join(found) or "NOT FOUND"),
                flush=True,
            )
            if "-v" in args:
                for trace in r["found"].values():
                    print(show(trace))
        assert {*GROWN} - {"stray_attention"} <= {*WITHOUT, *REDUNDANT}, (
            "a rule that nobody leaves out"
        )
    print(
        "%d s, %s"
        % (time.time() - began, "unexpected results: %d" % failed if failed else "as expected")
    )
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
