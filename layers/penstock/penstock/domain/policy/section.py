"""The base of everything a person writes in a policy: closed and unchangeable."""

from pydantic import BaseModel, ConfigDict

WEEK = 7 * 24 * 60  # minutes


class Section(BaseModel):
    """One JSON object of the policy: no unknown keys, no NaN.

    Texts people wrote are read with `strict` on top ("2" is not 2); a policy that travels inside
    an execution's document is read back as it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
