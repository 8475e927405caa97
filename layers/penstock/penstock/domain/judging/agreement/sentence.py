"""What is known of two models' agreement, as one sentence for people."""

from penstock.domain.judging.agreement.pairs import Agreement, Pairs, Required


def agreement_sentence(pairs: Pairs, found: Agreement, required: Required) -> str:
    """How many pairs differ, the bounds of their share, and what is required; no full stop."""
    if found.share is None:
        return "no pair of answers was seen so far"
    counted = (
        f"{pairs.differing:,} of {pairs.seen:,} pairs of answers differ "
        f"({100 * found.share:.3g} %, between {100 * found.least:.3g} and "
        f"{100 * found.most:.3g} %)"
    )
    allowed = f"at most {100 * required.allowed:g} % may"
    if found.decision == "open":
        return f"{counted}; {allowed}, and {required.min_pairs:,} pairs have to be seen"
    return f"{counted}; {allowed}"
