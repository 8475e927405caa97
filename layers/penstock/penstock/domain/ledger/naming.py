"""Deterministic names: running a step twice makes the same thing, not a second one."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

LIMIT = 63
"""SageMaker's limit for endpoint, configuration, variant and model names (facts 3.1)."""
REHEARSAL = "-rehearsal"
"""What the names of rehearsal endpoints have, and those of endpoints that rehearse do not."""
_HEX = frozenset("0123456789abcdef")


def release_id(package_arn: str, approved_at: int) -> str:
    """A release is a package and the moment (ms) it was approved; ten hex digits name it."""
    return _digest(f"{package_arn}\n{approved_at}")


def staging_config(endpoint: str, release: str) -> str:
    """The configuration that holds the serving variant and the candidate."""
    return _named(endpoint, f"staging-{release}")


def shadow_config(endpoint: str, release: str) -> str:
    """The configuration that holds the serving variant and the candidate as its shadow."""
    return _named(endpoint, f"shadow-{release}")


def on_the_way(endpoint: str, release: str) -> tuple[str, str]:
    """The configurations that a release may show before its final one."""
    return shadow_config(endpoint, release), staging_config(endpoint, release)


def is_on_the_way(endpoint: str, config: str) -> bool:
    """Whether a configuration bears the name of one that a release of the endpoint shows before
    its final one.
    """
    release = config[-10:]
    names = on_the_way(endpoint, release)
    return set(release) <= _HEX and any(_same(config, name) for name in names)


def rehearsal(endpoint: str, release: str) -> str:
    """The rehearsal endpoint of a release, and its configuration.

    Only the endpoint's part is cut. An endpoint whose name contains REHEARSAL has none.
    """
    return _named(endpoint, f"rehearsal-{release}")


def final_config(endpoint: str, release: str) -> str:
    """The configuration that holds the serving variant on the new model."""
    return _named(endpoint, release)


def release_of(endpoint: str, config: str) -> str | None:
    """The release whose final configuration has this name; None where it is none of ours."""
    release = config[-10:]
    ours = set(release) <= _HEX and _same(config, final_config(endpoint, release))
    return release if ours else None


def maker_of(config: str) -> str:
    """The release that made a configuration of ours, of either kind: its name ends with it."""
    return config[-10:]


def model(endpoint: str, request: Mapping[str, Any]) -> str:
    """A model is named by its whole CreateModel request, so equal requests share one model."""
    return _named(endpoint, _digest(json.dumps(request, sort_keys=True)))


def alike(one: str, other: str) -> bool:
    """Whether equal models of two endpoints have one name, as their names are cut to the same."""
    return model(one, {}) == model(other, {})


def alarm(endpoint: str, check: str) -> str:
    """The alarm of one check of the endpoint's release in hand."""
    return f"penstock-{endpoint}-{check}"


def _named(text: str, suffix: str) -> str:
    """The left part is cut, never the suffix that tells names apart; no hyphen doubles."""
    room = LIMIT - len(suffix) - 1
    return f"{text[:room].rstrip('-')}-{suffix}"


def _same(one: str, other: str) -> bool:
    """Endpoint names that differ only in case name one endpoint (facts 3.1).

    Whoever asks may spell it otherwise than the plan that named the configuration.
    """
    return one.lower() == other.lower()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
