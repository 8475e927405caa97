"""The release protocol as a transition system: one endpoint, two packages, every interleaving.

One step of an instance (a running Lambda task) is one AWS call: a conditional ledger write, a DescribeEndpoint, a
SageMaker call. Between two steps anything else may happen. Every rule of the protocol is a switch in RULES; switching
one off gives the protocol without that rule, so that the shortest trace that breaks it can be found.

Contents of the endpoint are numbers: base * 6 + candidate * 2 + shifted. 0 = original, 6 = package 1 promoted,
12 = package 2 promoted, 18 = what a person put there; 2 = original live + package 1 as candidate at weight 0, 3 = the
same with traffic on the candidate, and so on. A content without candidate is stable (c % 6 == 0).
"""

RULES = dict(
    fence=True,  # every mutating step re-checks the owner by a conditional write
    lock=True,  # action lock: one instance at a time between acquire and release; takeover waits for it
    order=True,  # acquire only if the ledger's phase is not already past mine
    intent_first=True,  # phase and target are written in the acquire, before the call
    cond_forward=True,  # acquire of stage/shift/promote is conditional on no halt and no newer approval
    halt_flag_first=True,  # halt_release writes the flag always and first; the token is only a wake-up
    judge_alarm=True,  # judge reads the alarm states itself
    sweep_alarm=True,  # the sweep reads them too
    verify=True,  # Wait compares content with the intention
    settle_cond=True,  # entering the window and settling are conditional on no halt
    latest=True,  # dedupe by approval order, not by "is it the release in the ledger"
    match_alarm=True,  # an alarm event halts only the release it belongs to
    rec_lease=True,  # reconcile never touches the endpoint; it starts an execution that takes the lease
    rec_name=True,  # that execution's name is fresh for every attempt
    drift_each=True,  # every mutating step looks before it acts
    del_lease=True,  # clean-up inside the lease and the action lock
    wanted=True,  # a newer approval is written into the ledger; the sweep restarts it
    takeover_rb=True,  # who takes over a dead release rolls it back first
    window_alarm=True,  # who ends a window reads the alarms before
    dead_owner=True,  # takeover also on "owner not running", not only on lease expiry
    claim_idem=True,  # a claim that finds itself the owner answers "claimed"
    restore_first=True,  # going back: weights first while the candidate has traffic, configuration after that
    keep_prev=True,  # a claim from "tidy pending" keeps previous; it never takes the staging configuration as such
    keep_current=True,  # settling with tidy pending deletes neither the staging configuration in use nor its model
    keep_content=True,  # what the ledger has as content is not deleted by the settle that replaces it, but by the next one
    drift_prev=True,  # while tidy is pending, previous put back by a person also ends the drift
    tidy_cond=True,  # a recovery claims at rest only while tidy is pending, tested in its own write
    tidy_sweep=True,  # the sweep retries a pending tidy
    rec_window=True,  # recovery of a dead window settles as promoted (False: the older rule, rolls back)
    rec_alarm=True,  # ... but only after it has read the alarms, as its owner
    rec_start=True,  # the start content (ledger content) is as good as previous in plan, stage and roll back
    # chores at rest (A)
    chore_lock=True,  # what is left over is deleted at rest under the lock
    chore_fence=True,  # ... which is taken only if nobody claimed or acted since the gate was read
    chore_look=True,  # ... and only while the endpoint is as the ledger left it
    chore_keep=True,  # ... and never what the gate speaks of
    chore_mine=True,  # the write that ends a chore is void once its lock ended
    chore_sweep=True,  # the sweep looks for leftovers
    left_replaced=True,  # content that a settle replaces becomes a leftover
    left_window=True,  # who ends a window notes the staging configuration as a leftover
    left_stray=True,  # who takes a stray back notes its configuration as a leftover
    chore_content=True,  # a chore's claim waits for the lock (claims at rest test the lock)
    # UpdateRollbackFailed (B)
    note_before=True,  # the try is noted before the call
    note_time=True,  # ... with the time of the endpoint's last change
    note_spent=True,  # over means over: a second update is never asked for
    shares_after=True,  # weights are noted as tried once SageMaker answered: doubling them harms nobody
    shares_first=True,  # S10's exception: weights are tried before the configuration goes back under traffic
    broken_fence=True,  # a recovery claims a broken endpoint only if nothing was claimed since it read the gate
    broken_sweep=True,  # the sweep starts it
    broken_fresh=True,  # a new incident at rest has its own try
    broken_drift=True,  # not under drift
    # hand-over (C)
    hand_reset=True,  # a hand-over counts as no death
    hand_keep=True,  # the owner stays in the ledger, only its lease ends
    # a person's rollback, and blocks
    block_lock=True,  # a block waits for the lock
    req_heir=True,  # who takes over a requested rollback knows that it was requested
    req_content=True,  # a requested rollback from "tidy pending" notes as content what users are on
    stray_whole=True,  # a stray is not left half put back either
    # a lease that is over (docs/decisions/0030)
    note_first=True,  # of an owner that runs and goes forward it counts only once a sweep has noted it
    note_wait=True,  # ... and a whole lease has passed since
    note_lease=True,  # ... and it was not renewed since: lapsed > lease_until
    note_same=True,  # the note is void if the lease was renewed after the sweep read it
    note_sweep=True,  # the sweep notes it
    note_runs=True,  # of an owner that does not run nothing has to be noted
    note_back=True,  # nor of one that goes back
    take_lease=True,  # who takes over tests in its write that the lease is the one it read
    count_lease=True,  # so does the sweep that counts a recovery
    count_dead=True,  # only a recovery of what does not run is counted, and only such an endpoint is blocked
    block_lease=True,  # ... and that blocks
    stray_attention=False,  # not a rule of the code: also report a stray that is taken back while a person is needed
    strict_S4=False,  # not a rule: also report a promote call that takes effect after a halt (cannot be excluded)
    A1=True,  # timing assumption: the action lock outlives its instance and that instance's call
)
GROWN = tuple(RULES)[
    tuple(RULES).index("chore_lock") : tuple(RULES).index("strict_S4")
]  # rules of check_grown.py
NAIVE = dict(
    RULES,
    lock=False,
    order=False,
    intent_first=False,
    cond_forward=False,
    halt_flag_first=False,
    judge_alarm=False,
    sweep_alarm=False,
    settle_cond=False,
    latest=False,
    match_alarm=False,
    rec_lease=False,
    rec_name=False,
    drift_each=False,
    del_lease=False,
    wanted=False,
    takeover_rb=False,
    window_alarm=False,
    restore_first=False,
    rec_window=False,
)

(
    OWNER,
    LOCK,
    PH,
    REL,
    PREV,
    CONT,
    HALT,
    LATE,
    WANT,
    DRIFT,
    EST,
    EC,
    EP,
    MASK,
    AL1,
    AL2,
    EV1,
    EV2,
    HD1,
    HD2,
    TOK,
    RST,
    LEFT,
    KG,
    REP,
    SH,
    RU,
    RCV,
    ATT,
    RE,
    R3,
    WT,
    LP,
    GR,
    BD,
    BU,
    BA,
    BL,
    BS,
    BE,
    BX,
    BY,
    BF,
    BK,
    BR,
    BH,
    BW,
    BN,
    BG,
    BZ,
    BT,
    N1,
    N2,
    N3,
    TOT,
    SW,
    EX,
    ZO,
) = range(58)
NAMES = (
    "owner lock phase release previous content halt latest wanted drift status ec ep mask al1 al2 ev1 ev2 hd1 hd2 "
    "tok rst left known_good repair shares repairs recoveries attention ended asked weights_tried lapsed grace"
).split()
# owner: 0 none, 1 running, 2 running but lease expired, 3 execution not running
# lapsed: a note about this lease (2: a whole lease ago); grace: the table was away, and has not been back for a whole lease
# SW: sweeps between what they read and what they write: n notes, c counts a recovery and starts it, b blocks; and whether their condition holds
# phase: 0 idle 1 claimed 2 staging 3 shifting 4 promoting 5 window 6 rolling back 7 needs a person
AL, EV, HD = AL1 - 1, EV1 - 1, HD1 - 1
# 7 is not used: `attention` is a flag of its own: 1 = the endpoint is beyond us, 2 = recoveries did not help
# repair: 0 nothing noted, 1 noted and the endpoint has not changed since, 2 over; repairs: updates accepted since it was absent
IN, UP, FAILED, BROKEN = 0, 1, 2, 3
PERSON = 18
OPS = {"st": 2, "sh": 3, "pr": 4, "rb": 6}
REC, DIRECT, ASKED = 9, 8, 3
FENCED = (
    "ch1",
    "cb",
    "cs",
    "to",
    "tw",
)  # these hold no lock: their bit says that the fence is as they read it
BIT = {}
for _b in range(4):
    BIT[_b * 6] = 1 << _b
    for _c in (1, 2):
        BIT[_b * 6 + 2 * _c] = BIT[_b * 6 + 2 * _c + 1] = 1 << (3 + _c)
PBIT = BIT[PERSON]
SETTLE = (
    "sp",
    "sr",
    "s1",
    "s2",
)  # promoted, rolled back, rolled back with tidy pending on the candidate of package 1 or 2


STAGINGS = BIT[2] | BIT[4]
FINALS = BIT[6] | BIT[12]


def zombie_ok(pc):
    if pc[:2] == "ch":
        return pc != "ch0"
    if pc[:2] in ("cb", "cs", "to", "tw") or pc == "at":
        return True
    return pc in ("CL", "ho", "dl2", "d2", "d3") or (
        (pc[:2] in OPS or pc[:2] in SETTLE) and pc[2] not in "4IWV"
    )


def holds(e):
    """Whether an instance holds the action lock, as far as it knows."""
    return e[3] and e[1][:3] not in FENCED and e[1][:2] not in FENCED


def base(c):
    """The known-good configuration under a staging configuration."""
    return c - c % 6


def initial(starts=(2, 1), total=3, promoted=False, broken=False, **budget):
    """At rest on the original; `promoted`: on package 1, which was released before; `broken`: in UpdateRollbackFailed."""
    at = broken
    s = [0] * 58
    s[MASK] = BIT[0] | PBIT
    s[KG] = BIT[0]
    for name, i in dict(
        death=BD,
        dup=BU,
        alarm=BA,
        lost=BL,
        silent=BS,
        edit=BE,
        expiry=BX,
        system=BY,
        failed=BF,
        skew=BK,
        breaks=BR,
        hand=BH,
        hang=BZ,
        away=BT,
        spurious=BW,
        nodelete=BN,
        refused=BG,
        asked=N3,
    ).items():
        s[i] = budget.get(name, 0)
    s[N1], s[N2] = starts
    if at:
        s[EST] = BROKEN
    if promoted:
        s[CONT], s[PREV], s[EC], s[LATE], s[WANT], s[RE], s[REL] = 6, 0, 6, 1, 1, 1, 1
        s[MASK] |= BIT[6]
        s[KG] |= BIT[6]
    s[TOT] = total
    s[EX] = s[ZO] = s[SW] = ()
    return tuple(s)


class Model:
    def __init__(
        self,
        rules=RULES,
        max_exec=3,
        adopt=False,
        max_zombies=2,
        max_rec=1,
        give_up="failed",
        weights=True,
        same=True,
        most=2,
        total=None,
        hasty=False,
        sweeps=0,
    ):
        self.__dict__.update(rules)
        # readings of UpdateRollbackFailed: whether it takes weights; whether an update to the configuration that is shown
        self.weights, self.same = weights, same
        self.total = total  # faults in all, where a block has to have a reason
        self.sweeps = (
            sweeps  # sweeps at once, and takeovers of what runs in two steps: 0 = both in one step
        )
        self.hasty = hasty  # whether the sweep may block while a recovery that it started has not claimed yet
        self.most = most  # recoveries that are started before an endpoint is blocked
        self.give_up = give_up  # when TIDY may be put off: "failed" = after a failed try, "any" = at any time once restored
        self.max_rec = max_rec
        self.max_exec, self.adopt, self.max_zombies = max_exec, adopt, max_zombies

    # -- helpers -------------------------------------------------------------------------------------------------
    @staticmethod
    def foreign(st, knows=True):
        """A stable content that this release has nothing to do with: a person's."""
        c = st[EC]
        if c % 6 or c == st[PREV] or c == st[CONT]:
            return False
        if (
            st[REL] == ASKED
        ):  # where an earlier release got stuck is no person's, if one knows that it was asked for
            return c == PERSON or not knows
        return c != 6 * st[REL]

    def on_request(self, st, k):
        """Whether this instance knows that the release in hand is a rollback that a person asked for."""
        return st[REL] == ASKED and not st[RE] and (k == ASKED or self.req_heir)

    def whole(self, st, k):
        """Whether users are on `previous` only once its configuration serves: what is restored may be over another one."""
        return self.on_request(st, k) or (self.stray_whole and st[RE] and st[CONT] % 6 == 0)

    @staticmethod
    def again(st, k):
        """What an execution does that lost the endpoint, or settled what it took over."""
        fresh = k > st[LATE] if k in (1, 2) else k == ASKED and not st[R3]
        return (k, "CL", 0, 0) if fresh else None

    def stuck(self, st):
        """An owner that runs counts as dead: what the code reads from the gate alone."""
        if st[OWNER] != 2:
            return False
        if not self.note_first or (self.note_back and (st[PH] == 6 or st[HALT])):
            return True
        return st[LP] == 2 or (not self.note_wait and st[LP] == 1)

    def gone(self, st):
        return (
            self.stuck(st)
            or st[OWNER] == 3
            and (
                self.dead_owner and self.note_runs or st[RST] & 2 or self.dead_owner and st[LP] == 2
            )
        )

    @staticmethod
    def healthy(st, what="taken over"):
        """H: what runs and goes forward keeps its release; it has a whole lease to write again once the table is back."""
        if st[HALT]:
            return None
        if st[PH] < 6 and st[OWNER] == 1:
            return "H a release is %s although its lease is in force" % what
        if st[PH] < 6 and st[OWNER] == 2 and st[GR]:
            return "H a healthy release is %s after the table was away" % what

    def settled(self, s):
        """What is true of the note after any write: it is about a lease that is over, and goes at rest."""
        if s[OWNER] != 2:
            s[GR] = 0
            if not s[OWNER] or (self.note_lease and (s[OWNER] != 3 or self.note_runs)):
                s[LP] = 0

    @staticmethod
    def silence(s):
        if s[REL] in (1, 2):
            s[HD + s[REL]] = s[AL + s[REL]] = 0

    @staticmethod
    def afresh(s):
        s[REP] = s[SH] = s[RU] = s[RCV] = s[WT] = 0

    @staticmethod
    def junk(st, own=0):
        """What the records name: all that releases made which were not promoted, and `own`'s staging configuration.

        Of a release that was promoted only its own settle names that; after it the leftovers do.
        """
        names = BIT[2 * own] if own in (1, 2) else 0
        for r in (1, 2):
            if not st[KG] & BIT[6 * r]:
                names |= BIT[2 * r] | BIT[6 * r]
        return st[MASK] & names

    @staticmethod
    def lost(st, stopped):
        """What nobody would ever delete: neither in the ledger nor named by the record of a failed release."""
        names = 0
        for r in (1, 2):
            if st[KG] & BIT[6 * r]:
                names |= BIT[2 * r]
            elif (
                not stopped
            ):  # a release that was stopped as drifted is cleaned up by the next settle
                names |= BIT[2 * r] | BIT[6 * r]
        return st[MASK] & names & ~st[LEFT] & ~BIT[st[CONT]] & ~BIT[st[EC]]

    def target(self, s, op, k):
        if op == "st":
            return s[PREV] + 2 * k
        if op == "sh":
            return s[PREV] + 2 * k + 1
        if op == "pr":
            return 6 * k
        return s[PREV]

    def inst(self, st, me, z, out):
        """Append (label, next instance or None, new state list, wipe, violation) for one instance."""
        k, pc, own, act = me
        s = list(st)
        lock = self.lock

        def emit(label, nxt, wipe=0, viol=None):
            # wipe: 1 = other instances lose the action lock (fence), 2 = others also lose ownership
            out.append((label, nxt, s, wipe, viol))

        emit.also = lambda label, nxt, other: out.append((label, nxt, other, 0, None))
        if pc == "CL" or pc in ("C1", "C2"):
            return self.claim(st, me, z, emit, s)
        if pc[:2] in ("to", "tw"):
            return self.overtake(st, me, z, emit, s)
        op = pc[:2]
        sub = pc[2:]
        if pc == "PL":
            if not own:
                return emit("plan: lease lost, ends", None)
            if st[EST] == UP:
                return
            if st[EST] == BROKEN and self.adopt and k == 2:
                return self.refused(s, emit, "plan refuses: broken")
            if st[EST] == BROKEN:
                return emit("plan: broken, goes back", (k, "rb0", 1, 0))
            if st[EST] == FAILED:
                return self.attention(s, emit)
            if st[EC] == st[PREV] or (self.rec_start and st[EC] == st[CONT]):
                return emit("plan ok", (k, "st0", 1, 0))
            if self.adopt and k == 2 and st[EC] % 6:
                return self.refused(s, emit, "plan refuses to adopt two variants")
            if self.adopt and k == 2:
                s[KG] |= BIT[st[EC]]
                s[PREV] = s[CONT] = st[EC]
                s[DRIFT] = 0
                return emit("plan adopts what the person left", (k, "st0", 1, 0))
            if st[EC] % 6:
                return emit("plan: stray content", (k, "rb0", 1, 0))
            return self.drifted(s, emit, "plan refuses: drifted")
        if op in OPS:
            return self.mutate(st, me, z, emit, s, op, sub)
        if op in ("ch", "cb", "cs"):
            return self.resting(st, me, z, emit, s, op, sub)
        if pc == "at":  # the lock was given back; the write that calls a person
            if not own:
                return emit("lease lost, ends", None)
            if lock and st[LOCK]:
                return
            return self.attention(s, emit)
        if pc == "HO":
            return emit("ends: another execution goes on", None)
        if pc == "wa" or pc == "ha":
            if not own:
                return emit("watch: lease lost, ends", None)
            if st[HALT] or (pc == "wa" and st[WANT] > k):
                return emit("watch sees halt/supersede", (k, "rb0", 1, 0))
            if not self.halt_flag_first:
                s[TOK] = 1
            if st[AL + k]:
                s[HD + k] |= 2
            nxt = (
                ("ju" if pc == "wa" else "hj")
                if self.halt_flag_first
                else ("wb" if pc == "wa" else "hb")
            )
            return emit("watch: token stored", (k, nxt, 1, 0))
        if pc == "wb":
            return emit("watch: interval over", (k, "ju", own, 0))
        if pc == "hb":
            return emit("window: interval over", (k, "hj", own, 0))
        if pc == "ju" or pc == "hj":
            r = st[REL] if k == REC else k
            if self.judge_alarm and (k != REC or self.rec_alarm) and st[AL + r] and own:
                s[HD + r] |= 1
                return emit("judge sees the alarm", (k, "rb0", own, 0))
            if pc == "hj":
                return emit("window over, no alarm", (k, "sp0", own, 0))
            if not self.cond_forward and (st[HALT] or st[WANT] > k):
                return emit("judge reads halt/supersede", (k, "rb0", own, 0))
            return emit("judge: promote", (k, "pr0", own, 0))
        if pc == "ho":
            if not own:
                return emit("lease lost, ends", None)
            if st[PH] == 6:
                return emit("ledger says rolling back", None if z else (k, "rb0", 1, 0))
            if self.settle_cond and st[HALT]:
                return emit("enter window refused: halted", None if z else (k, "rb0", 1, 0))
            s[PH] = 5
            return emit("enter window", None if z else (k, "ha", 1, 0))
        if op in SETTLE:
            return self.settle(st, me, z, emit, s, op, sub)
        if pc == "dl1":  # only without del_lease
            keep = (
                BIT[st[PREV]]
                | BIT[st[CONT]]
                | BIT[st[EC]]
                | PBIT
                | (BIT[st[EP]] if st[EST] == UP else 0)
            )
            return emit("clean-up lists what to keep", (k, "dl2", keep, 0))
        if pc == "dl2":
            s[MASK] &= own  # own carries the keep mask
            return emit("clean-up deletes the rest", None, 0, self.deleted(s))
        if pc == "d2":  # only without rec_lease: reconcile acts itself
            if st[EST] == IN and st[MASK] & BIT[st[PREV]]:
                s[EST], s[EP] = UP, st[PREV]
                viol = None
                if not act:
                    viol = "S1 stale reconcile call takes effect after a newer owner started"
                elif any(
                    e[2] and e[1][2:] in ("1", "2")
                    for e in st[EX] + st[ZO]
                    if e[0] not in (DIRECT, REC)
                ):
                    viol = "S1 reconcile and a running task act on the endpoint at once"
                elif st[EC] == PERSON != st[PREV]:
                    viol = "S7 reconcile overwrites a person's change"
                return emit("reconcile calls UpdateEndpoint(previous)", (k, "d3", 0, act), 0, viol)
            return emit("reconcile's call refused", None)
        if pc == "d3":
            s[OWNER] = s[PH] = s[HALT] = 0
            s[CONT] = st[PREV]
            if st[REL]:
                s[HD + st[REL]] = s[AL + st[REL]] = 0
            return emit("reconcile frees the ledger", None, 2)
        raise AssertionError(pc)

    def claim(self, st, me, z, emit, s):
        k = me[0]
        owner, rel = st[OWNER], st[REL]
        locked = self.lock and st[LOCK]
        if me[2]:
            if self.claim_idem:
                return emit(
                    "claim: already mine",
                    (k, "rb0" if st[PH] == 6 else "hj" if k == REC else "PL", 1, 0),
                )
            s[OWNER] = 3
            return emit(
                "claim: already handled, nothing to do",
                None,
                2,
                "S9 the owner mistakes its own claim for another's",
            )
        takeable = self.gone(st)
        if k == REC:
            return self.recover(st, z, emit, s, takeable, locked)
        if k == ASKED:
            return self.ask(st, me, z, emit, s, takeable, locked)
        if (k <= st[LATE]) if self.latest else (k == rel):
            return emit("claim: already handled, nothing to do", None)
        if st[ATT] and not (self.adopt and k == 2):
            return emit("claim: refused, needs a person", None)
        if st[WANT] > k and self.latest:
            return emit("claim: superseded before start", None)
        ending = None
        if owner == 0:
            if locked and self.chore_content:
                return
            s[ATT] = 0
        elif st[PH] == 5 and not st[HALT] and not locked:
            if self.window_alarm and st[AL + rel]:
                s[HALT], s[HD + rel] = 1, st[HD + rel] | 1
                return emit("claimant sees the alarm in the window: halts it", me)
            if st[AL + rel] and st[HD + rel]:
                ending = "S3 window ended as promoted although its alarm was seen or old"
            elif st[AL + rel]:
                ending = "S3 window ended by a newer release while the alarm is in ALARM"
            s[CONT] = 6 * rel
            s[KG] |= BIT[6 * rel]
            if self.left_window:
                s[LEFT] |= BIT[2 * rel]
        elif takeable and not locked:
            if self.takeover_rb:
                if self.sweeps and owner == 2:
                    return emit("finds the owner stuck", (k, "to0", 0, 1))
                s[OWNER], s[PH], s[RST] = (3 if z else 1), 6, 0
                s[WANT] = max(st[WANT], k)
                return emit(
                    "takes over the dead release",
                    None if z else (k, "rb0", 1, 0),
                    2,
                    self.healthy(st),
                )
            if st[EST] != IN:
                return
            s[CONT] = st[EC]
        else:
            if st[WANT] < k and not z:
                s[WANT] = k
                if not self.halt_flag_first and st[TOK]:
                    pass
                return emit("waits its turn, writes wanted", me)
            return
        self.silence(s)
        prev = (
            s[CONT]
            if owner and not self.takeover_rb or not self.keep_prev or s[CONT] % 6 == 0
            else s[PREV]
        )
        s[OWNER], s[PH], s[REL], s[PREV], s[HALT], s[TOK], s[RST] = (
            (3 if z else 1),
            1,
            k,
            prev,
            0,
            0,
            0,
        )
        s[LATE], s[WANT] = max(st[LATE], k), max(st[WANT], k)
        s[HD + k] = s[AL + k] = s[RE] = 0
        self.afresh(s)
        if k < st[LATE]:
            ending = "S4 an older approval is released after a newer one"
        if s[PREV] % 6:
            ending = "S2 a half-shifted configuration becomes the rollback target"
        emit(
            "claims" + (" (ends the window)" if owner and st[PH] == 5 else ""),
            None if z else (k, "PL", 1, 0),
            2,
            ending,
        )

    def overtake(self, st, me, z, emit, s):
        """The write of a takeover, after the look at the gate and at the execution that decided it."""
        k, pc, own, act = me
        again = None if z else (k, "C" + pc[2] if pc[2] != "0" else "CL", 0, 0)
        window = pc[:2] == "tw"
        if (
            not act
            or not st[OWNER]
            or (self.lock and st[LOCK])
            or (window and (st[PH] != 5 or st[HALT]))
        ):
            return emit("takeover declined", again)
        if k in (1, 2) and st[WANT] > k:
            return emit("takeover declined: a newer approval is wanted", again)
        s[OWNER], s[RST] = (3 if z else 1), 0
        if window:
            if st[AL + st[REL]]:
                s[HD + st[REL]] |= 2
            return emit(
                "takes over the window", None if z else (k, "hj", 1, 0), 2, self.healthy(st)
            )
        s[PH] = 6
        if k in (1, 2):
            s[WANT] = max(st[WANT], k)
        emit("takes over what is stuck", None if z else (k, "rb0", 1, 0), 2, self.healthy(st))

    def recover(self, st, z, emit, s, takeable, locked):
        k, owner, rel = REC, st[OWNER], st[REL]
        if takeable:
            if locked:
                return
            if self.sweeps and owner == 2:
                window = self.rec_window and st[PH] == 5 and not st[HALT]
                return emit("recovery finds the owner stuck", (k, "tw0" if window else "to0", 0, 1))
            s[OWNER], s[RST] = (3 if z else 1), 0
            if self.rec_window and st[PH] == 5 and not st[HALT]:
                if st[AL + rel]:
                    s[HD + rel] |= 2
                return emit(
                    "recovery takes over the window",
                    None if z else (k, "hj", 1, 0),
                    2,
                    self.healthy(st),
                )
            s[PH] = 6
            return emit("recovery takes over", None if z else (k, "rb0", 1, 0), 2, self.healthy(st))
        if owner:
            return emit("recovery: nothing to do", None)
        tidy = st[CONT] % 6 and not st[DRIFT] and not st[ATT]
        if not tidy and not self.tidy_cond and rel and not st[DRIFT] and not locked:
            s[OWNER], s[PH], s[RST] = (3 if z else 1), 6, 0
            return emit(
                "recovery claims at rest to tidy",
                None if z else (k, "rb0", 1, 0),
                2,
                "S2 a recovery rolls back a settled promotion" if st[CONT] != st[PREV] else None,
            )
        if tidy:
            if locked:
                return
            s[OWNER], s[PH], s[RST] = (3 if z else 1), 6, 0
            return emit("recovery claims at rest to tidy", None if z else (k, "rb0", 1, 0), 2)
        if self.mendable(st):
            return emit("recovery finds it broken", (k, "cb%d" % st[CONT], 0, 1))
        if st[EST] == IN and st[EC] != st[CONT] and st[EC] % 6:
            return emit("recovery finds a stray", (k, "cs%d" % st[EC], 0, 1))
        if self.untidy(st):
            return emit("recovery: chores", (k, "ch0", 0, 0))
        emit("recovery: nothing to do", None)

    def mendable(self, st):
        return (
            st[EST] == BROKEN
            and not st[ATT]
            and not (st[DRIFT] and self.broken_drift)
            and (st[EC] in (st[CONT], st[PREV]) or st[EC] % 6)
        )

    @staticmethod
    def untidy(st):
        return st[LEFT] and not (st[OWNER] or st[CONT] % 6 or st[DRIFT] or st[ATT])

    def ask(self, st, me, z, emit, s, takeable, locked):
        """A person's rollback: it stops what runs, or takes a resting endpoint and goes back."""
        k, owner, rel = ASKED, st[OWNER], st[REL]
        halted = int(me[1][1]) if me[1] != "CL" else 0
        if st[R3]:
            return emit("rollback: has ended", None)
        if halted and (rel != halted or st[RE]) and not (owner == 0 and (st[ATT] or st[DRIFT])):
            return emit("rollback: what it stopped is rolled back", None)
        if owner == 0:
            if locked and self.chore_content:
                return
            users = st[PREV] if st[CONT] % 6 else st[CONT]
            good = [b for b in (0, 6, 12) if b < users and st[KG] & BIT[b]]
            if not st[ATT] and not good:
                return emit("rollback: refused, nothing is known", None)
            to = st[PREV] if st[ATT] else good[-1]
            if st[CONT] % 6 and self.req_content:
                s[LEFT] |= BIT[st[CONT]]
                s[CONT] = st[PREV]
            self.silence(s)
            s[OWNER], s[PH], s[REL], s[PREV], s[R3] = (3 if z else 1), 6, ASKED, to, 1
            s[HALT] = s[ATT] = s[RE] = s[TOK] = s[RST] = 0
            self.afresh(s)
            return emit("rollback claims, to %d" % to, None if z else (k, "rb0", 1, 0), 2)
        if takeable:
            if locked:
                return
            if self.sweeps and owner == 2:
                return emit("rollback finds the owner stuck", (k, "to%d" % halted, 0, 1))
            s[OWNER], s[PH], s[RST] = (3 if z else 1), 6, 0
            return emit(
                "rollback takes over the dead release",
                None if z else (k, "rb0", 1, 0),
                2,
                self.healthy(st),
            )
        if st[RE] or halted:
            return
        if st[PH] < 6:
            s[HALT] = 1
            s[HD + rel] |= 1
        emit("rollback stops the release", None if z else (k, "C%d" % rel, 0, 0))

    def resting(self, st, me, z, emit, s, op, sub):
        """Recoveries at rest: claims in two calls, and chores under the lock alone."""
        k, pc, own, act = me
        locked = self.lock and st[LOCK]
        if op in ("cb", "cs"):
            if st[OWNER] or (self.broken_fence and not act):
                return emit("declined", None if z else (k, "CL", 0, 0))
            if locked:
                return
            s[OWNER], s[PH], s[RST] = (3 if z else 1), 6, 0
            seen = int(sub)
            viol = None
            if op == "cb":
                if seen % 6 == 0:
                    s[PREV] = seen
                if seen != st[CONT]:
                    viol = "S2 a recovery rolls back a settled promotion"
                if self.broken_fresh:
                    self.afresh(s)
                s[RU] = s[WT] = 0
            else:
                if st[CONT] % 6 == 0:
                    s[PREV] = st[CONT]
                if self.left_stray:
                    s[LEFT] |= BIT[seen & ~1]
                if st[ATT] and self.stray_attention:
                    viol = "C what is blocked is claimed by a recovery"
            return emit(
                "recovery claims what is broken"
                if op == "cb"
                else "recovery restores a stray endpoint",
                None if z else (k, "rb0", 1, 0),
                2,
                viol,
            )
        if sub == "0":
            if not self.untidy(st):
                return emit("chores: nothing due", None)
            return emit("chores: reads the gate", (k, "ch1", 0, 1))
        if sub == "1":
            if st[OWNER] or (self.chore_fence and not act):
                return emit("chores: declined", None if z else (k, "ch0", 0, 0))
            if not self.chore_lock:
                return emit("chores: no lock", (k, "ch2", 0, 1))
            if locked:
                return
            s[LOCK] = 1
            return emit("chores: holds the lock", (k, "ch2" if self.untidy(st) else "ch4", 0, 1), 1)
        if sub == "2":
            if self.chore_look and (st[EST] != IN or st[EC] != st[CONT]):
                return emit("chores: not as it was left", (k, "ch4", 0, act))
            if (
                st[OWNER] and self.chore_lock
            ):  # the gate is that of the hold; only without A1 is it another by now
                return emit("chores: looked", (k, "ch4", 0, act))
            names = st[LEFT] | self.junk(st)
            stays = BIT[st[EC]] | st[KG] | BIT[st[CONT]] | BIT[st[PREV]]
            if not self.chore_keep:  # "everything that does not serve"
                names, stays = st[MASK] & ~PBIT, BIT[st[EC]]
            gone = names & ~stays & st[MASK]
            return emit(
                "chores: looked",
                (k, "ch3%d.%d" % (gone, names & ~gone & st[MASK] & ~BIT[st[EC]]), 0, act),
            )
        if sub[0] == "3":
            gone, later = map(int, sub[1:].split("."))
            if not gone:
                return emit("chores: deleted", (k, "ch5%d" % later, 0, act))
            one = gone & -gone
            s[MASK] &= ~one
            viol = None if act else "S1 a stale deletion takes effect after a newer writer started"
            emit(
                "chores: deletes",
                (k, "ch3%d.%d" % (gone & ~one, later), 0, act),
                0,
                viol or self.deleted(s),
            )
            if st[BN]:
                s = list(st)
                s[BN] -= 1
                emit.also("chores: a deletion is refused", (k, "ch5%d" % (gone | later), 0, act), s)
            return
        if self.chore_mine and not act:
            return emit("chores: lock lost", None if z else (k, "ch0", 0, 0))
        if act and self.chore_lock:
            s[LOCK] = 0
        if sub[0] == "5":
            s[LEFT] = int(sub[1:])
        emit("chores: written", None)

    def attention(self, s, emit, viol=None):
        self.silence(s)
        s[OWNER], s[LOCK], s[PH], s[HALT], s[ATT], s[RE] = 0, 0, 0, 0, s[ATT] or 1, 1
        emit("needs a person", None, 2, viol)

    def drifted(self, s, emit, label):
        self.silence(s)
        s[OWNER], s[LOCK], s[PH], s[HALT], s[DRIFT], s[RE] = 0, 0, 0, 0, 1, 1
        emit(label, None, 2)

    def refused(self, s, emit, label):
        self.silence(s)
        s[OWNER], s[PH], s[HALT], s[RE] = 0, 0, 0, 1
        emit(label, None, 2)

    def mutate(self, st, me, z, emit, s, op, sub):
        k, pc, own, act = me
        lock, ph = self.lock, OPS[op]
        if sub == "0":
            if self.fence and not own:
                return emit("acquire fails: lease lost", None if z else self.again(st, k))
            if lock and st[LOCK]:
                return
            if self.order and st[PH] > ph:
                return emit(
                    "acquire fails: ledger is past this step",
                    None if z or op == "rb" else (k, "rb0", own, 0),
                )
            viol = None
            if op != "rb":
                if self.cond_forward and (st[HALT] or st[WANT] > k):
                    return emit(
                        "acquire fails: halted or superseded", None if z else (k, "rb0", own, 0)
                    )
                if op == "pr" and (st[HD + k] & 1 or (st[WANT] > k and st[PH] < 4)):
                    viol = "S4 promotion begins after halt or supersede"
            if lock:
                s[LOCK] = 1
            if self.intent_first:
                s[PH] = ph
            if own and st[OWNER] == 2:
                s[OWNER] = 1
            return emit("acquires for " + op, (k, op + "1", own, 1), 1 if lock else 0, viol)
        t = self.target(st, op, k)
        if sub == "1":
            if st[EST] == UP:
                return emit("looks: updating", (k, op + "4", own, act))
            if st[EST] == FAILED:
                return (
                    self.attention(s, emit)
                    if act
                    else emit("stale, starts again", None if z else (k, op + "0", own, 0))
                )
            if st[EST] == BROKEN and op != "rb":
                if act:
                    s[LOCK] = 0
                return emit("looks: broken", None if z else (k, "rb0", own, 0))
            if st[EC] == t and st[EST] == IN:
                return emit("looks: already there", (k, op + "3", own, act))
            if self.drift_each:
                if self.foreign(st, self.on_request(st, k)):
                    return (
                        self.drifted(s, emit, "looks: a person changed it; stops")
                        if act
                        else emit("stale, starts again", None if z else (k, op + "0", own, 0))
                    )
                if st[EST] == BROKEN:
                    return self.repair(st, me, z, emit, s)
                ok = (
                    op == "rb"
                    or st[EC]
                    == {"st": st[PREV], "sh": st[PREV] + 2 * k, "pr": st[PREV] + 2 * k + 1}[op]
                    or (self.rec_start and op == "st" and st[EC] == st[CONT])
                )
                if not ok:
                    if act:
                        s[LOCK] = 0
                    return emit("looks: not as expected", None if z else (k, "rb0", own, 0))
            if op == "rb" and self.restore_first and st[EC] % 2:
                return emit("looks: candidate has traffic", (k, "rb5", own, act))
            if op == "st" or op == "pr":
                s[MASK] |= BIT[t]
            emit("looks: ok", (k, op + "2", own, act))
            if op == "rb" and st[EC] % 6 and st[EC] % 2 == 0 and self.give_up == "any" and act:
                put_off = "at" if self.whole(st, k) else "s%d0" % (st[EC] % 6 // 2)
                other = list(st)
                other[LOCK] = 0
                emit.also(
                    "looks: restored, tidy was refused for long",
                    None if z else (k, put_off, own, 0),
                    other,
                )
            return
        if sub[0] in "snumw":
            return self.mend(st, me, z, emit, s, sub, t)
        if sub == "2" or sub == "2r":
            if op == "sh":
                good, new = st[EST] == IN and st[EC] % 6, st[EC] | 1
            else:
                good, new = st[EST] == IN and st[MASK] & BIT[t] and st[EC] != t, t
            if not good:
                return emit("call refused", (k, op + "4", own, act))
            viol = None
            if not act:
                viol = "S1 stale call (%s) takes effect after a newer writer started" % op
            elif st[EC] == PERSON != st[PREV] and sub == "2":
                viol = "S7 a person's change is overwritten"
            elif not lock and any(
                e is not me
                and e[3] == 1
                and e[1][:2] in OPS
                and e[1][:2] != op
                and e[1][2:] in ("1", "2", "2r")
                for e in st[EX] + st[ZO]
            ):
                viol = "S1 two tasks of one execution act at once (%s)" % op
            elif op == "rb" and st[EC] % 2:
                viol = (
                    "S10 the configuration goes back first although a weights call would have done"
                )
            elif self.strict_S4 and op == "pr" and st[HD + k] & 1:
                viol = "S4-strict a promote call takes effect after the halt was written"
            s[EST], s[EP] = UP, new
            return emit("call accepted: " + op, (k, op + "3", own, act), 0, viol)
        if sub == "5":
            note = "w" if st[EST] == BROKEN and self.shares_after else ""
            if st[EST] == BROKEN:
                s[WT] = 1
            if not (st[EC] % 6 and (st[EST] == IN or (st[EST] == BROKEN and self.weights))):
                return emit("weights call refused", (k, "rb%s4" % note, own, act))
            s[EST], s[EP] = UP, st[EC] & ~1
            return emit(
                "call accepted: restore",
                (k, "rb%s6" % note, own, act),
                0,
                None
                if act
                else "S1 stale call (restore) takes effect after a newer writer started",
            )
        if sub == "6":
            if act and lock:
                s[LOCK] = 0
            return emit("releases the lock", None if z else (k, "rbV", own, 0))
        if sub == "3" or sub == "4":
            if act and lock:
                s[LOCK] = 0
            if not self.intent_first and own:
                s[PH] = max(st[PH], ph) if self.order else ph
            return emit(
                "releases the lock", None if z else (k, op + ("W" if sub == "3" else "I"), own, 0)
            )
        if sub == "I":
            if st[EST] == UP:
                return
            return emit("settled, tries again", (k, op + "0", own, 0))
        if sub == "W" or sub == "V":
            if not own:
                return emit("wait: lease lost", self.again(st, k))
            if st[EST] == UP or (lock and st[LOCK]):
                return
            if st[EST] == FAILED:
                return self.attention(s, emit)
            if st[EST] == BROKEN:
                return emit("wait: broken", (k, "rb0", own, 0))
            nxt = {"st": "sh0", "sh": "wa", "pr": "ho", "rb": "sr0"}[op]
            if not self.verify or st[EC] == t:
                return emit("wait: verified", (k, nxt, own, 0))
            if self.foreign(st, self.on_request(st, k)):
                return self.drifted(s, emit, "wait: a person changed it; stops")
            if op == "rb" and st[EC] % 6 and st[EC] % 2 == 0:
                if self.whole(st, k):
                    if sub == "W":
                        emit("wait: restored, never half done: needs a person", (k, "at", own, 0))
                elif sub == "W" or self.give_up == "any":
                    emit("wait: restored, tidy is put off", (k, "s%d0" % (st[EC] % 6 // 2), own, 0))
                return emit("wait: restored, tidies", (k, "rb0", own, 0))
            return emit("wait: not what was intended", (k, "rb0", own, 0))
        raise AssertionError(pc)

    def repair(self, st, me, z, emit, s):
        """What the look of a rollback does about UpdateRollbackFailed, with the lock held."""
        k, pc, own, act = me
        if st[REP] == 2 and self.note_spent:
            if not act:
                return emit("stale, starts again", None if z else (k, "rb0", own, 0))
            s[LOCK] = 0
            viol = None if st[RU] else "B a person is called although the repair was never made"
            return emit(
                "looks: broken, repaired in vain", None if z else (k, "at", own, 0), 0, viol
            )
        if st[EC] % 2 and not st[SH] and self.shares_first:
            return emit(
                "looks: broken, weights first", (k, "rb5" if self.shares_after else "rbs", own, act)
            )
        emit("looks: broken, repairs", (k, "rbn" if self.note_before else "rbu", own, act))

    def mend(self, st, me, z, emit, s, sub, t):
        k, pc, own, act = me
        late = "r" if sub[-1] == "r" else ""
        if sub[0] == "s":
            if not act:
                return emit("note refused", (k, "rb4", own, act))
            s[SH] = 1
            return emit("notes that weights are tried", (k, "rb5", own, act))
        if sub[0] == "w":
            if act:
                s[SH] = 1
            return emit("notes that weights were tried", (k, "rb" + sub[1], own, act))
        if sub[0] == "n":
            if not act:
                return emit("note refused", (k, "rb4", own, act))
            s[REP] = 2 if late or not self.note_time else 1
            if late:
                s[RU] = max(s[RU], 1)
            return emit("notes the repair", (k, "rbu" + late, own, act))
        if sub[0] == "u":
            if (
                st[EST] not in (IN, BROKEN)
                or not st[MASK] & BIT[t]
                or (st[EST] == IN and st[EC] == t)
            ):
                return emit("repair refused for now", (k, "rb4", own, act))
            if st[EST] == BROKEN and st[EC] == t and not self.same:
                return emit("repair refused for good", (k, "rbm4", own, act))
            viol = None
            if st[EST] == BROKEN:
                s[RU] = min(2, st[RU] + 1)
            if not act:
                viol = "S1 stale call (repair) takes effect after a newer writer started"
            elif st[EC] == PERSON != st[PREV] and not late:
                viol = "S7 a person's change is overwritten"
            elif st[EC] % 2 and not (st[EST] == BROKEN and st[WT]):
                viol = "S10 the configuration goes back first although weights were not tried"
            elif s[RU] > 1 and not late:
                viol = "B the repair is made twice"
            s[EST], s[EP] = UP, t
            emit("call accepted: repair", (k, "rbm3", own, act), 0, viol)
            if st[BG] and st[EST] == BROKEN:
                other = list(st)
                other[BG] -= 1
                emit.also("repair refused for good", (k, "rbm4", own, act), other)
            return
        if act:
            s[REP], s[RU] = 2, max(1, st[RU])
        emit("notes that it was made", (k, "rb" + sub[1], own, act))

    def settle(self, st, me, z, emit, s, op, sub):
        k, pc, own, act = me
        rel = st[REL]
        r = rel if k == REC else k
        if sub == "I":
            return None if st[EST] == UP else emit("settled, looks again", (k, op + "0", own, 0))
        if sub == "0":
            if not own:
                return emit(
                    "settle: lease gone, reads its outcome", None if z else self.again(st, k)
                )
            if self.lock and st[LOCK]:
                return
            if op == "sp" and (st[PH] == 6 or (self.settle_cond and st[HALT])):
                return emit("settle refused: halted", None if z else (k, "rb0", own, 0))
            if self.lock:
                s[LOCK] = 1
            if st[OWNER] == 2:
                s[OWNER] = 1
            return emit("acquires to settle", (k, op + "1", own, 1), 1 if self.lock else 0)
        if sub == "1":
            half = int(op[1]) * 2 if op in ("s1", "s2") else 0
            good = st[PREV] if op == "sr" else 6 * r if op == "sp" else base(st[EC]) + half
            # the list of deletions is fixed under the lock: what ended releases made and leftovers, never what the gate speaks of
            names, stays, replaced = (
                st[LEFT] | self.junk(st, rel),
                st[KG] | BIT[st[PREV]] | BIT[good] | BIT[st[EC]] | BIT[st[CONT]],
                0,
            )
            if st[CONT] % 6 and st[EC] & ~1 != st[CONT]:
                replaced = BIT[st[CONT]] if self.left_replaced else 0
                if not self.keep_content:
                    stays &= ~BIT[st[CONT]]
            if half and not self.keep_current:
                stays &= ~BIT[good]
            gone = names & ~stays & st[MASK]
            if (
                st[RE] and st[CONT] % 6 == 0 and op == "sr"
            ):  # of a stray: its release had ended before
                names, gone, replaced = st[LEFT], 0, 0
            later = (st[LEFT] | replaced) & st[MASK] & ~gone & ~BIT[good]
            two = "2%d.%d.%d" % (gone, later, good) if gone else "3.%d.%d" % (later, good)
            if not self.verify:
                return emit("settle: not verified", (k, op + two, own, act))
            if st[EST] == UP:
                if act and self.lock:
                    s[LOCK] = 0
                return emit("settle: updating", None if z else (k, op + "I", own, 0))
            if not act:
                return emit("stale, starts again", None if z else (k, op + "0", own, 0))
            if st[EST] == FAILED:
                return self.attention(s, emit)
            if st[EST] == IN and st[EC] == good:
                return emit("settle: verified", (k, op + two, own, act))
            if st[EST] == IN and self.foreign(st, self.on_request(st, k)):
                return self.drifted(s, emit, "settle: a person changed it; stops")
            s[LOCK] = 0
            return emit("settle: not as intended", None if z else (k, "rb0", own, 0))
        if sub[0] == "2":
            gone, later, good = map(int, sub[1:].split("."))
            if not self.del_lease:  # explicit names of this release, never "everything but"
                return emit(
                    "settle: no clean-up yet", (k, "%s3.%d.%d" % (op, later, good), own, act)
                )
            s[MASK] &= ~gone
            viol = (
                "S1 a stale deletion takes effect after a newer writer started"
                if self.lock and not act
                else None
            )
            emit(
                "deletes what is no longer needed",
                (k, "%s3.%d.%d" % (op, later, good), own, act),
                0,
                viol or self.deleted(s),
            )
            if st[BN]:
                s = list(st)
                s[BN] -= 1
                emit.also(
                    "a deletion is refused",
                    (k, "%s3.%d.%d" % (op, later | gone, good), own, act),
                    s,
                )
            return
        if sub[0] == "3":
            _, later, good = sub.split(".")
            if not (act if self.lock else own):
                return emit("settle: fence lost", None if z else (k, op + "0", own, 0))
            if op == "sp" and self.settle_cond and st[HALT]:
                s[LOCK] = 0
                return emit("settle refused: halted meanwhile", None if z else (k, "rb0", own, 0))
            viol = None
            if op == "sp" and st[HD + r]:
                viol = "S3 settled as promoted although its alarm was " + (
                    "delivered" if st[HD + r] & 1 else "in ALARM before the last watch"
                )
            self.silence(s)
            s[OWNER] = s[PH] = s[HALT] = s[LOCK] = 0
            s[CONT], s[LEFT], s[RE] = int(good), int(later), 1
            if op == "sp":
                s[KG] |= BIT[int(good)]
            self.afresh(s)
            nxt = self.again(s, k) if op != "sp" else None
            if not self.del_lease and nxt is None:
                nxt = (k, "dl1", 0, 0)
            return emit(
                "settles "
                + {"sp": "promoted", "sr": "rolled back"}.get(op, "rolled back, tidy pending"),
                None if z else nxt,
                2,
                viol,
            )
        raise AssertionError(pc)

    def deleted(self, s):
        m = s[MASK]
        if not m & BIT[s[EC]] or (s[EST] == UP and not m & BIT[s[EP]]):
            return "S5 a configuration in use is deleted"
        if s[OWNER] and not m & BIT[s[PREV]]:
            return "S5 the rollback target is deleted"
        return None

    # -- all transitions -----------------------------------------------------------------------------------------
    def successors(self, st):
        """List of (label, is_fault, new state, violation)."""
        res = []
        ex, zo = st[EX], st[ZO]

        def wipe_list(lst, level):
            if level == 2:
                return [
                    (
                        e
                        if e[1] in ("dl2", "d2", "d3") and not e[3]
                        else (e[0], e[1], e[2] if e[1] == "dl2" else 0, 0)
                    )
                    for e in lst
                ]
            return [(e[0], e[1], e[2], 0) if e[3] else e for e in lst]

        seen = None
        for z, group in ((False, ex), (True, zo)):
            seen = None
            for i, me in enumerate(group):
                if me == seen:
                    continue
                seen = me
                out = []
                self.inst(st, me, z, out)
                for label, nxt, s, wipe, viol in out:
                    a, b = list(ex), list(zo)
                    mine = b if z else a
                    del mine[i]
                    if (
                        nxt is None
                        and not z
                        and wipe < 2
                        and me[2]
                        and me[1] != "dl2"
                        and s[OWNER] in (1, 2)
                    ):
                        s[OWNER] = 3  # an execution that ends without settling is a dead owner
                    if wipe:
                        a, b = wipe_list(a, wipe), wipe_list(b, wipe)
                        mine = b if z else a
                        s[SW] = tuple(sorted((w, 0) for w, _ in s[SW]))
                    self.settled(s)
                    if nxt is not None:
                        mine.append(nxt)
                    a.sort()
                    b.sort()
                    s[EX], s[ZO] = tuple(a), tuple(b)
                    self.changed(st, s)
                    res.append(
                        (
                            (("late task of " if z else "") + "exec(%s)" % (me[0],), label),
                            False,
                            tuple(s),
                            viol,
                        )
                    )
                if st[OWNER] == 2 and me[2] and me[1] not in ("HO", "CL") and me[1][:2] != "dl":
                    label = (
                        ("late task of " if z else "") + "exec(%s)" % (me[0],),
                        "renews the lease",
                    )
                    res.append((label, False, self.renewed(st), None))
                if z:  # a late task may also just end (Lambda timeout)
                    b = zo[:i] + zo[i + 1 :]
                    s = list(st)
                    s[ZO] = b
                    res.append(
                        (
                            ("late task of exec(%s)" % me[0], "dies at " + me[1]),
                            False,
                            tuple(s),
                            None,
                        )
                    )
        self.environment(st, res)
        self.sweep(st, res)
        if st[TOT] > 0:
            self.faults(st, res)
        return res

    @staticmethod
    def changed(st, s):
        """The time of the endpoint's last change is another, so a noted repair was not the last word."""
        if st[REP] == 1 and (st[EST] != s[EST] or st[EC] != s[EC] or st[EP] != s[EP]):
            s[REP] = 2
            s[RU] = max(s[RU], 1)  # whoever it was: what follows is another incident

    def environment(self, st, res):
        def add(label, fault, changes, viol=None):
            s = list(st)
            for i, v in changes:
                s[i] = v
            self.changed(st, s)
            self.settled(s)
            res.append((("env", label), fault, tuple(s), viol))

        n = len(st[EX])
        if n < self.max_exec:
            for k, i in ((1, N1), (2, N2), (ASKED, N3), (REC, BW)):
                if st[i] and (k != REC or sum(e[0] == REC for e in st[EX]) < self.max_rec):
                    add(
                        "event starts exec(%d)" % k,
                        True,
                        ((i, st[i] - 1), (EX, tuple(sorted(st[EX] + ((k, "CL", 0, 0),))))),
                    )
        if st[BH] and not st[LOCK]:
            for z, group in ((False, st[EX]), (True, st[ZO])):
                for i, e in enumerate(group):
                    if (
                        e[1] == "rb0"
                        and e[2]
                        and st[OWNER] in (1, 2)
                        and (not i or group[i - 1] != e)
                    ):
                        rest = group[:i] + group[i + 1 :] + (() if z else ((e[0], "HO", 1, 0),))
                        add(
                            "exec(%d) hands over" % e[0],
                            True,
                            (
                                (BH, st[BH] - 1),
                                (OWNER, 2 if self.hand_keep else 0),
                                (PH, st[PH] if self.hand_keep else 0),
                                (RCV, 0 if self.hand_reset else st[RCV]),
                                (ZO if z else EX, tuple(sorted(rest))),
                            ),
                        )
        if st[OWNER] == 1 and not any(e[2] and e[1][:2] != "dl" for e in st[EX]):
            add("lease of what hangs is over", False, ((OWNER, 2),))
        if (st[OWNER] == 2 or not self.note_runs and st[OWNER] == 3) and (st[LP] == 1 or st[GR]):
            add("a whole lease passes", False, ((LP, 2 if st[LP] else 0), (GR, 0)))
        if st[EST] == UP:
            add("endpoint update completes", False, ((EST, IN), (EC, st[EP]), (EP, 0)))
        if st[LOCK] and not any(holds(e) for e in st[EX]) and not any(holds(e) for e in st[ZO]):
            add("action lock expires", False, ((LOCK, 0),))
        for r in (1, 2):
            if not st[EV + r]:
                continue
            active = st[OWNER] and st[REL] == r and 1 <= st[PH] <= 5
            ch = [(EV + r, st[EV + r] - 1)]
            viol = None
            if not active and not self.match_alarm and st[OWNER] and 1 <= st[PH] <= 5:
                viol = "S8 a late alarm of one release halts another"
                ch.append((HALT, 1))
            elif active:
                ch.append((HD + r, st[HD + r] | 1))
                if self.halt_flag_first or not st[TOK]:
                    ch.append((HALT, 1))
                else:
                    ex = list(st[EX])
                    for j, e in enumerate(ex):
                        if e[1] in ("wb", "hb") and e[2]:
                            ex[j] = (e[0], "rb0", e[2], 0)
                            ch.append((EX, tuple(sorted(ex))))
                            break
            add("alarm event of release %d delivered" % r, False, ch, viol)

    def sweep(self, st, res):
        def add(label, *changes, viol=None):
            s = list(st)
            for i, v in changes:
                s[i] = v
            self.settled(s)
            res.append((("sweep", label), False, tuple(s), viol))

        owner, rel, ex = st[OWNER], st[REL], st[EX]
        room = len(ex) < self.max_exec
        if (
            owner
            and self.sweep_alarm
            and rel
            and st[AL + rel]
            and not st[HALT]
            and 2 <= st[PH] <= 5
        ):
            add("sees the alarm, halts", (HALT, 1), (HD + rel, st[HD + rel] | 1))
        rest = owner == 0 and st[PH] == 0 and not st[ATT]
        stray = rest and st[EST] == IN and st[EC] != st[CONT] and st[EC] % 6
        tidy = (
            self.tidy_sweep
            and rest
            and st[EST] == IN
            and st[CONT] % 6
            and st[EC] in (st[CONT], st[PREV])
        )
        mend = rest and self.broken_sweep and self.mendable(st)
        chores = (
            self.chore_sweep and rest and self.untidy(st) and st[EST] == IN and st[EC] == st[CONT]
        )
        dead = self.stuck(st) or owner == 3 and (self.note_runs or st[LP] == 2)
        if self.sweeps and len(st[SW]) < self.sweeps and owner == 2:
            what = (
                "n"
                if self.note_sweep and not st[LP] and not dead
                else "b"
                if dead and st[RCV] >= self.most and not self.count_dead
                else "c"
                if dead
                else None
            )
            if what:
                add(
                    "reads that the lease is over (%s)" % what,
                    (SW, tuple(sorted(st[SW] + ((what, 1),)))),
                )
        elif not dead and owner > 1 and self.note_sweep and not st[LP]:
            add(
                "notes that the lease is over",
                (LP, 1),
                viol="D what does not run is not found at once" if owner == 3 else None,
            )
        for i, (what, same) in enumerate(st[SW]):
            left = st[SW][:i] + st[SW][i + 1 :]
            add("dies", (SW, left))
            if what == "n":
                same = owner and (same or not self.note_same)
                add(
                    "notes that the lease is over",
                    (SW, left),
                    (LP, 1 if same and (owner == 2 or not self.note_lease) else st[LP]),
                )
            elif not same or not owner:
                add("declined", (SW, left))
            elif what == "b":
                self.blocks(st, res, left)
            else:
                more = st[RCV] + (not self.count_dead or owner == 3)
                add("counts a recovery, and dies", (SW, left), (RCV, more))
                if room and sum(e[0] == REC for e in ex) < self.max_rec:
                    add(
                        "starts a recovery",
                        (EX, tuple(sorted(ex + ((REC, "CL", 0, 0),)))),
                        (SW, left),
                        (RCV, more),
                        (RST, 0 if self.rec_name else st[RST] | 1),
                    )
        if self.sweeps and owner == 2:
            pass
        elif (
            dead and st[RCV] >= self.most and self.rec_lease and (owner == 3 or not self.count_dead)
        ):
            if self.hasty or not any(e[0] == REC for e in ex):
                self.blocks(st, res, st[SW])
        elif dead or stray or mend or chores or (tidy and not st[DRIFT]):
            if self.rec_lease:
                if (
                    room
                    and sum(e[0] == REC for e in ex) < self.max_rec
                    and (self.rec_name or not st[RST] & 1)
                ):
                    loose = st[BE] and st[EC] % 2 == 0 or st[R3] or self.adopt
                    add(
                        "starts a recovery",
                        (EX, tuple(sorted(ex + ((REC, "CL", 0, 0),)))),
                        (RST, 0 if self.rec_name else st[RST] | 1),
                        (RCV, st[RCV] + (dead and (owner == 3 or not self.count_dead))),
                        viol="S2 stray content at rest"
                        if stray and self.A1 and not loose
                        else None,
                    )
            elif owner == 3 and not any(e[0] == DIRECT for e in st[ZO]) and st[EST] == IN:
                add(
                    "reconcile decides to roll back itself",
                    (ZO, tuple(sorted(st[ZO] + ((DIRECT, "d2", 0, 1),)))),
                )
        if owner == 3 and not self.dead_owner and not st[RST] & 2:
            add("lease of the dead owner expires", (RST, st[RST] | 2))
        if rest and (st[EST] == FAILED or (st[EST] == BROKEN and not mend and self.broken_sweep)):
            add("endpoint failed: needs a person", (ATT, 1))
        if rest and st[EST] == IN:
            if st[EC] != st[CONT] and st[EC] % 6 == 0 and not st[DRIFT] and not tidy:
                add(
                    "marks drift",
                    (DRIFT, 1),
                    viol=None if st[BE] else "S2 drift without a person's edit",
                )
            if st[DRIFT] and (st[EC] == st[CONT] or (tidy and self.drift_prev)):
                add("drift is gone", (DRIFT, 0))
            w = st[WANT]
            if self.wanted and w > st[LATE] and room and not any(e[0] == w for e in ex):
                add("restarts the wanted release", (EX, tuple(sorted(ex + ((w, "CL", 0, 0),)))))

    def blocks(self, st, res, left):
        ex = st[EX]
        if self.block_lock and st[LOCK]:
            return
        s = list(st)
        self.silence(s)
        s[OWNER] = s[LOCK] = s[PH] = s[HALT] = 0
        s[ATT], s[RE] = 2, 1
        s[EX], s[ZO] = (
            tuple(sorted((e[0], e[1], 0, 0) if e[2] or e[3] else e for e in g))
            for g in (ex, st[ZO])
        )
        s[SW] = tuple(sorted((w, 0) for w, _ in left))
        self.settled(s)
        viol = self.healthy(st, "blocked") or (
            "C blocked although its owner runs" if st[OWNER] == 2 else None
        )
        if (
            self.total is not None
            and self.total - st[TOT] < self.most
            and self.max_rec == 1
            and not self.hasty
        ):
            viol = "C blocked although fewer died than recoveries are started"
        if any(holds(e) for e in ex + st[ZO]):
            viol = "S1 a block while somebody acts"
        res.append((("sweep", "blocks the endpoint"), False, tuple(s), viol))

    def faults(self, st, res):
        t = st[TOT] - 1
        ex, zo = st[EX], st[ZO]

        def add(label, budget, *changes):
            s = list(st)
            s[TOT] = t
            for i, v in changes:
                s[i] = v
            self.changed(st, s)
            self.settled(s)
            res.append((("FAULT", label), True, tuple(s), None))

        room = len(zo) < self.max_zombies
        for i, e in enumerate(ex):
            if i and ex[i - 1] == e:
                continue
            rest = ex[:i] + ex[i + 1 :]
            owns = e[2] and e[1][:2] != "dl"
            if st[BD]:
                own = ((OWNER, 3),) if owns else ()
                if zombie_ok(e[1]) and room:
                    add(
                        "exec(%d) dies at %s, its task lives on" % (e[0], e[1]),
                        BD,
                        (EX, rest),
                        (ZO, tuple(sorted(zo + (e,)))),
                        *own,
                    )
                else:
                    add("exec(%d) dies at %s" % (e[0], e[1]), BD, (EX, rest), *own)
            if st[BZ] and owns and st[OWNER] in (1, 2) and e[1] != "HO":
                add("exec(%d) hangs at %s" % (e[0], e[1]), BZ, (EX, rest))
            if st[BU] and e[1] == "HO" and e[2]:
                add(
                    "exec(%d)'s hand-over is retried after its write" % e[0],
                    BU,
                    (EX, tuple(sorted(rest + ((e[0], "rb0", e[2], 0),)))),
                )
            if st[BU] and e[2] and e[1] == "PL" and owns:
                add(
                    "exec(%d)'s claim is retried after its write" % e[0],
                    BU,
                    (EX, tuple(sorted(rest + ((e[0], "CL", 1, 0),)))),
                )
            if st[BU] and room and zombie_ok(e[1]) and e[1] not in ("CL", "dl2"):
                start = (
                    e[1]
                    if e[1] == "ho"
                    else "CL"
                    if e[1][:2] in ("cb", "cs") or e[1] in ("to0", "tw0")
                    else "C" + e[1][2]
                    if e[1][:2] == "to"
                    else "rb0"
                    if e[1] == "at"
                    else e[1][:2] + "0"
                )
                add(
                    "exec(%d)'s task at %s is retried while it lives" % (e[0], e[1]),
                    BU,
                    (EX, tuple(sorted(rest + ((e[0], start, e[2], 0),)))),
                    (ZO, tuple(sorted(zo + (e,)))),
                )
        owner, rel, ph = st[OWNER], st[REL], st[PH]
        if owner and rel and 2 <= ph <= 5:
            if st[BA] and st[EV + rel] < 2:
                add(
                    "alarm of release %d fires" % rel,
                    BA,
                    (AL + rel, 1),
                    (EV + rel, st[EV + rel] + 1),
                )
            if st[BL] and not st[AL + rel]:
                add("alarm of release %d fires, event lost" % rel, BL, (AL + rel, 1))
        if st[EST] == UP:
            if st[BS] and st[EP] != st[EC]:
                add("service silently rolls the update back", BS, (EST, IN), (EP, 0))
            if st[BR] and (st[EP] != st[EC] or st[RU] or st[SH]):
                for shown in {st[EC], st[EP]}:
                    add(
                        "update and its rollback fail, shows %d" % shown,
                        BR,
                        (EST, BROKEN),
                        (EC, shown),
                        (EP, 0),
                    )
            if st[BF]:
                add("update fails, endpoint Failed", BF, (EST, FAILED), (EP, 0))
        elif st[EST] == IN or st[EST] == BROKEN:
            if st[BE]:
                mark = lambda l: tuple(
                    sorted(
                        (a, b + "r", c, d)
                        if b in ("st2", "sh2", "pr2", "rb2", "rbn", "rbu")
                        else (a, b, c, d)
                        for a, b, c, d in l
                    )
                )
                for new in (
                    {st[CONT], st[PREV]}
                    if st[EC] == PERSON
                    else {PERSON, st[PREV]}
                    if st[EST] == BROKEN
                    else {PERSON}
                ):
                    if (new != st[EC] or st[EST] == BROKEN) and st[MASK] & BIT[new]:
                        add(
                            "a person edits the endpoint"
                            + (" back to previous" if new == st[PREV] else ""),
                            BE,
                            (EST, UP),
                            (EP, new),
                            (EX, mark(ex)),
                            (ZO, mark(zo)),
                        )
            if st[BY] and st[EST] == IN:
                add("SystemUpdating", BY, (EST, UP), (EP, st[EC]))
        if st[BX] and owner == 1:
            add("lease expires although the owner runs", BX, (OWNER, 2), *self.later(st))
        if st[BT] and owner == 1:
            add("the table was away, and is back", BT, (OWNER, 2), (GR, 1), *self.later(st))
        if st[BK] and st[LOCK] and not self.A1:
            add("action lock expires under a living task", BK, (LOCK, 0))

    def renewed(self, st):
        """keep_alive: the fence does not count it, so only a write that tests the lease is void after it."""
        s = list(st)
        s[OWNER] = 1
        self.settled(s)
        if self.take_lease:
            for group in (EX, ZO):
                s[group] = tuple(
                    sorted(
                        (e[0], e[1], e[2], 0) if e[1][:2] in ("to", "tw") else e for e in st[group]
                    )
                )
        void = {"n": True, "c": self.count_lease, "b": self.block_lease}
        s[SW] = tuple(sorted((what, 0 if void[what] else same) for what, same in st[SW]))
        return tuple(s)

    @staticmethod
    def later(st):
        """A lease outlasts whatever was between a read of the gate and its write."""
        read = ("to", "tw")
        back = tuple(
            sorted(
                (e[0], "C" + e[1][2] if e[1][2] != "0" else "CL", 0, 0) if e[1][:2] in read else e
                for e in st[EX]
            )
        )
        return (SW, ()), (EX, back), (ZO, tuple(e for e in st[ZO] if e[1][:2] not in read))

    # -- properties ----------------------------------------------------------------------------------------------
    def check(self, st):
        if (st[OWNER] or st[CONT] % 6) and st[PREV] % 6 == 0 and not st[MASK] & BIT[st[PREV]]:
            return "S5 the rollback target is deleted"
        if st[CONT] % 2 or (not st[OWNER] and st[CONT] % 6 and st[PREV] != base(st[CONT])):
            return "S2 the ledger's content is no resting place"
        if not st[MASK] & BIT[st[EC]] or (st[EST] == UP and not st[MASK] & BIT[st[EP]]):
            return "S5 a configuration in use is deleted"
        return None

    def quiet(self, st):
        """Nothing runs, nothing is pending, the endpoint is at rest."""
        return (
            not st[EX]
            and not st[ZO]
            and not st[SW]
            and st[EST] != UP
            and not st[EV1]
            and not st[EV2]
        )

    def at_rest(self, st):
        """S2: what must hold once nothing but a fault or a new event can change anything."""
        if st[OWNER] or st[LOCK]:
            return "S6 orphan: at rest with owner/lock still in the ledger (owner %d phase %d)" % (
                st[OWNER],
                st[PH],
            )
        if st[ATT]:
            fine = st[EST] == IN and st[ATT] == 1 and not st[BE] and st[REL] != ASKED
            return "S2 needs-a-person although the endpoint is fine" if fine else None
        if st[EST] == FAILED or st[EST] == BROKEN:
            return "S2 endpoint failed, ledger does not say so"
        if st[DRIFT] and self.lost(st, True):
            return "L something of an ended release is left behind"
        if st[DRIFT]:
            return None if st[BE] and st[EC] != st[CONT] else "S2 drift marked without a person"
        if st[EC] != st[CONT]:
            return "S2 at rest: endpoint %d, ledger %d" % (st[EC], st[CONT])
        if self.lost(st, st[BE] or self.adopt) or (st[LEFT] & st[MASK] and not st[CONT] % 6):
            return "L something of an ended release is left behind"
        if st[EC] % 6:
            return "S2 at rest on a half-shifted configuration %d" % st[EC]
        if self.wanted and st[WANT] != st[LATE]:
            return "S9 a wanted approval is forgotten"
        if not self.wanted and st[WANT] > st[LATE]:
            return "S9 a wanted approval is forgotten"
        return None
