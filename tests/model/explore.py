"""Breadth-first exploration with shortest counterexamples, and the progress check by backward reachability."""

import sys
import time
from array import array

from protocol_model import EX, NAMES, ZO


def explore(model, start, stop_at_first=True, progress=True, limit=20_000_000, want=None):
    """Return dict(states, transitions, violations: {kind: trace}, seconds)."""
    t0 = time.time()
    ids = {start: 0}
    order = [start]
    parent = array("q", [-1])
    heads, src_count = array("q"), array("q")  # non-fault edges only, CSR
    quiet_ids = []
    found = {}
    transitions = 0
    i = 0
    successors, check, quiet = model.successors, model.check, model.quiet
    while i < len(order):
        st = order[i]
        moves = 0
        for label, fault, nxt, viol in successors(st):
            transitions += 1
            if (
                viol
                and viol.startswith("S2 a half")
                and want is not None
                and not viol.startswith(want)
            ):
                continue  # the encoding of contents ends here
            if nxt not in ids:
                ids[nxt] = len(order)
                order.append(nxt)
                parent.append(i)
                viol = viol or check(nxt)
            if viol is not None and (want is None or viol.startswith(want)) and viol not in found:
                found[viol] = trace(model, order, parent, i) + [(label, nxt)]
                if stop_at_first:
                    return dict(
                        states=len(order),
                        transitions=transitions,
                        found=found,
                        seconds=time.time() - t0,
                    )
            if not fault and nxt != st:
                moves += 1
                if progress:
                    heads.append(ids[nxt])
        src_count.append(moves)
        if not moves and quiet(st):
            bad = model.at_rest(st)
            if bad and (want is None or bad.startswith(want)) and bad not in found:
                found[bad] = trace(model, order, parent, i)
                if stop_at_first:
                    return dict(
                        states=len(order),
                        transitions=transitions,
                        found=found,
                        seconds=time.time() - t0,
                    )
            quiet_ids.append(i)
        elif not moves and (want is None or "S6".startswith(want)):
            kind = "S6 stuck: something is still running but nothing can move"
            if kind not in found:
                found[kind] = trace(model, order, parent, i)
                if stop_at_first:
                    return dict(
                        states=len(order),
                        transitions=transitions,
                        found=found,
                        seconds=time.time() - t0,
                    )
        i += 1
        if i >= limit:
            found["LIMIT reached"] = []
            break
    rest = len(quiet_ids)
    if progress and "LIMIT reached" not in found:
        n = len(order)
        indeg = array("q", bytes(8 * (n + 1)))
        for h in heads:
            indeg[h + 1] += 1
        for j in range(n):
            indeg[j + 1] += indeg[j]
        pos = array("q", indeg)
        back = array("q", bytes(8 * len(heads)))
        e = 0
        for u in range(n):
            for _ in range(src_count[u]):
                h = heads[e]
                back[pos[h]] = u
                pos[h] += 1
                e += 1
        good = bytearray(n)
        todo = list(quiet_ids)
        for q in todo:
            good[q] = 1
        while todo:
            v = todo.pop()
            for a in range(indeg[v], indeg[v + 1]):
                u = back[a]
                if not good[u]:
                    good[u] = 1
                    todo.append(u)
        bad = good.find(0)
        if bad >= 0 and (want is None or "S6".startswith(want)):
            found["S6 a state from which rest cannot be reached"] = trace(model, order, parent, bad)
    return dict(
        states=len(order), transitions=transitions, rest=rest, found=found, seconds=time.time() - t0
    )


def trace(model, order, parent, i):
    chain = []
    while i >= 0:
        chain.append(i)
        i = parent[i]
    chain.reverse()
    out = []
    for a, b in zip(chain, chain[1:]):
        for label, _, nxt, viol in model.successors(order[a]):
            if nxt == order[b]:
                out.append((label, nxt))
                break
        else:
            out.append((("?", "?"), order[b]))
    return out


def show(tr):
    return "\n".join("  %2d. %-22s %s" % (n + 1, l[0], l[1]) for n, (l, s) in enumerate(tr))


def show_state(s):
    return {n: v for n, v in zip(NAMES, s)}, s[EX], s[ZO]
