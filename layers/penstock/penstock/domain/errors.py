"""Everything that can go wrong, as a tree worth catching at its inner nodes."""


class PenstockError(Exception):
    """Any failure that Penstock has a word for."""


class Refused(PenstockError):
    """Input, policy, package or endpoint is not releasable; nothing was changed."""


class Incomplete(PenstockError):
    """An execution's document lacks what its state needs; only other code than ours writes such."""


class Waiting(Refused):
    """Not releasable yet: what is missing may still come, and the sweep looks again."""


class Foreign(Refused):
    """It belongs to another account, region or partition."""


class Damaged(Refused):
    """An item of the ledger is not as Penstock writes them: somebody edited it."""


class NoVerdict(PenstockError):
    """A report cannot be read, or live's metric is unknown: neither a pass nor a miss."""


class Woken(PenstockError):
    """A watch may not begin: a halt or a newer approval is there already."""


class Unavailable(PenstockError):
    """AWS cannot answer this call now; the same call later may succeed."""


class Unanswered(Unavailable):
    """The request left and no answer came: it may still take effect."""


class Busy(Unavailable):
    """The endpoint is not InService, so SageMaker takes no change to it."""


class NoCapacity(Unavailable):
    """An account quota or the instance pool is exhausted (ResourceLimitExceeded)."""


class Unscalable(PenstockError):
    """Application Auto Scaling does not change a scalable target as asked."""


class Missing(PenstockError):
    """The named thing does not exist, or not yet (eventual consistency)."""


class Exists(PenstockError):
    """A thing of that name exists already."""


class Denied(PenstockError):
    """The role lacks a permission for the call."""


class RefusedByAws(PenstockError):
    """AWS refuses this call for good, and only its message says why."""


class UnreadableNow(NoVerdict, Unavailable):
    """AWS could not answer for a report; it may be read in a minute."""


class NotKept(PenstockError):
    """Judged minutes could not be stored; the release goes on without."""
