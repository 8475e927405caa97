"""Penstock's errors, as a tree whose inner nodes are worth catching."""


class PenstockError(Exception):
    """Base of every error that Penstock knows by name."""


class Refused(PenstockError):
    """The input, policy, package or endpoint cannot be released. Nothing was changed."""


class Incomplete(PenstockError):
    """An execution's document lacks what its state needs. Penstock never writes such a
    document.
    """


class Waiting(Refused):
    """The package cannot be released yet. The missing part may still arrive, and the sweep
    tries again.
    """


class Foreign(Refused):
    """The resource belongs to another account, region or partition."""


class Damaged(Refused):
    """Somebody edited an item of the ledger, so that it cannot be read."""


class NoVerdict(PenstockError):
    """A bar neither passes nor misses: a report cannot be read, or live's metric is unknown."""


class Woken(PenstockError):
    """A watch may not begin, because there is already a halt or a newer approval."""


class Unavailable(PenstockError):
    """A transient failure of AWS: the same call may succeed later."""


class Unanswered(Unavailable):
    """The request was sent and no answer came. It may still take effect."""


class Busy(Unavailable):
    """The endpoint is not InService, so SageMaker accepts no change to it."""


class NoCapacity(Unavailable):
    """An account quota or the instance pool is exhausted (ResourceLimitExceeded)."""


class Unscalable(PenstockError):
    """Application Auto Scaling refuses to change a scalable target."""


class Missing(PenstockError):
    """The named resource does not exist, or not yet (eventual consistency)."""


class Exists(PenstockError):
    """A resource of that name already exists."""


class Denied(PenstockError):
    """The role lacks a permission for the call."""


class RefusedByAws(PenstockError):
    """AWS refuses this call permanently. Only its message says why."""


class UnreadableNow(NoVerdict, Unavailable):
    """AWS could not deliver a report because of a transient failure."""


class NotKept(PenstockError):
    """Judged minutes could not be stored. The release continues without them."""
