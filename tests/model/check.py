"""Check the protocol: python3 check.py [--rules] [--naive] [--large]   (no option: everything but --large, < 5 minutes)."""

import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from explore import explore, show
from protocol_model import GROWN, NAIVE, RULES, Model, initial

ALL = dict(death=1, dup=1, alarm=1, lost=1, silent=1, edit=1, expiry=1, system=1, failed=1)


def sub(*names):
    return {n: 1 for n in names}


# name, rules, starts of exec(1)/exec(2), faults in total, fault kinds, model options, explore options
FIXED = [
    ("two starts of 1, one of 2; any 2 faults", RULES, (2, 1), 2, ALL, {}, {}),
    ("one start each; any 3 faults", RULES, (1, 1), 3, ALL, {}, {}),
    (
        "one start each; tidy put off at any time; any 2 faults",
        RULES,
        (1, 1),
        2,
        ALL,
        dict(give_up="any"),
        {},
    ),
    (
        "one start each; tidy failing; death/alarm/silent x3",
        RULES,
        (1, 1),
        3,
        sub("death", "alarm", "silent"),
        dict(give_up="any"),
        {},
    ),
    (
        "one start each; tidy failing; dup/edit/silent x3",
        RULES,
        (1, 1),
        3,
        sub("dup", "edit", "silent"),
        dict(give_up="any"),
        {},
    ),
    (
        "one start each; two recoveries; tidy failing; death/dup/silent x2",
        RULES,
        (1, 1),
        2,
        sub("death", "dup", "silent"),
        dict(max_rec=2, give_up="any"),
        {},
    ),
    ("one start each; adopt; any 2 faults", RULES, (1, 1), 2, ALL, dict(adopt=True), {}),
    (
        "one start each; two recoveries; death/dup/expiry x2",
        RULES,
        (1, 1),
        2,
        sub("death", "dup", "expiry"),
        dict(max_rec=2),
        {},
    ),
    (
        "one start of 1; death/alarm/lost/silent x4",
        RULES,
        (1, 0),
        4,
        sub("death", "alarm", "lost", "silent"),
        {},
        {},
    ),
    ("one start of 1; death/dup x4 (2+2)", RULES, (1, 0), 4, sub("death", "dup"), {}, {}),
]
LARGE = [
    (
        "two starts of 1, one of 2; tidy put off at any time; any 2 faults",
        RULES,
        (2, 1),
        2,
        ALL,
        dict(give_up="any"),
        {},
    ),
    ("two starts of 1, one of 2; any 3 faults", RULES, (2, 1), 3, ALL, {}, {}),
]
NO_A1 = [
    (
        "timing assumption broken; any 2 faults",
        dict(RULES, A1=False),
        (1, 1),
        2,
        sub("death", "dup", "skew", "expiry", "alarm", "lost"),
        {},
        dict(stop_at_first=False),
    )
]


def run(job):
    name, rules, starts, total, kinds, mopt, eopt = job
    return job, explore(Model(rules, **mopt), initial(starts, total, **kinds), **eopt)


NEW = (
    "restore_first",
    "keep_prev",
    "keep_current",
    "keep_content",
    "tidy_cond",
    "tidy_sweep",
    "drift_prev",
    "rec_alarm",
)


def shortest(
    rules,
    kinds,
    want=None,
    totals=(0, 1, 2),
    limit=1_100_000,
    starts=(2, 1),
    progress=False,
    **mopt,
):
    for total in totals:
        r = explore(
            Model(rules, **mopt),
            initial(starts, total, **kinds),
            want=want,
            limit=limit,
            progress=progress or want == "S6",
        )
        r["found"].pop("LIMIT reached", None)
        if r["found"]:
            return total, r
    return totals[-1], r


def rule_job(rule):
    kinds = {k: v for k, v in ALL.items() if k not in ("system", "failed")}
    if rule in NEW:
        kinds = kinds if rule != "keep_content" else sub("edit")
        return ("without " + rule,) + shortest(
            dict(RULES, **{rule: False}),
            kinds,
            starts=(1, 1),
            progress=rule == "drift_prev",
            give_up="any",
        )
    return ("without " + rule,) + shortest(dict(RULES, **{rule: not RULES[rule]}), kinds)


def naive_job(want):
    kinds = {k: v for k, v in ALL.items() if k not in ("system", "failed")}
    return ("naive " + want,) + shortest(NAIVE, kinds, want=want, limit=300_000)


def main(args):
    t0 = time.time()
    failed = 0
    with ProcessPoolExecutor(2) as pool:
        fixed = LARGE if "--large" in args else [] if args else FIXED
        jobs = [pool.submit(run, j) for j in sorted(fixed, key=lambda j: -j[3])]
        rules = [
            r
            for r in RULES
            if r
            not in (
                "A1",
                "fence",
                "intent_first",
                "sweep_alarm",
                "dead_owner",
                "rec_window",
                "rec_start",
                "drift_prev",
                *GROWN,
            )
        ]
        if not args or "--rules" in args:
            jobs += [pool.submit(run, j) for j in NO_A1]
            jobs += [pool.submit(rule_job, r) for r in ["fence"] + rules]
        if not args or "--naive" in args:
            jobs += [
                pool.submit(naive_job, w)
                for w in (
                    "S1 ",
                    "S2 at rest",
                    "S2 a half",
                    "S3 window",
                    "S3 settled",
                    "S4 promotion",
                    "S4 an older",
                    "S5",
                    "S6",
                    "S7",
                    "S8",
                    "S9",
                )
            ]
        for j in as_completed(jobs):
            r = j.result()
            if len(r) == 2:
                job, r = r
                print(
                    "%-62s %8d states %9d transitions %5d at rest %4d s  %s"
                    % (
                        job[0],
                        r["states"],
                        r["transitions"],
                        r.get("rest", 0),
                        r["seconds"],
                        "VIOLATED" if r["found"] else "ok",
                    ),
                    flush=True,
                )
                failed += bool(r["found"]) and job[1] is RULES
            else:
                name, total, r = r
                print(
                    "%-30s %d fault(s)  %8d states %4d s"
                    % (name, total, r["states"], r["seconds"]),
                    flush=True,
                )
                failed += name.startswith("without") and not r["found"]
            for kind, tr in r["found"].items():
                print("   -> %s, %d steps" % (kind, len(tr)))
                print(show(tr), flush=True)
    print(
        "%d s, %s"
        % (time.time() - t0, "unexpected results: %d" % failed if failed else "as expected")
    )
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
