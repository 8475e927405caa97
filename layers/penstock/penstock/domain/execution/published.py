"""Every event that Penstock publishes, for who documents or checks them all."""

from penstock.domain.execution.announcements import (
    Announcement,
    ApprovalNeeded,
    AttentionNeeded,
    EndpointDrifted,
    GoldenRequestsMissed,
    PackageQuarantined,
    ReleaseJudged,
    ReleaseObserved,
    ReleasePromoted,
    ReleaseRefused,
    ReleaseRolledBack,
    ReleaseStarted,
    ReleaseSuperseded,
    RollbackDone,
    TrafficShifted,
)
from penstock.domain.reviewing.announcement import ModelPackageReviewed

EVERY: tuple[type[Announcement], ...] = (
    ModelPackageReviewed,
    ReleaseStarted,
    TrafficShifted,
    ReleaseJudged,
    ApprovalNeeded,
    ReleasePromoted,
    ReleaseRolledBack,
    ReleaseObserved,
    ReleaseRefused,
    ReleaseSuperseded,
    RollbackDone,
    GoldenRequestsMissed,
    PackageQuarantined,
    EndpointDrifted,
    AttentionNeeded,
)
