"""Recovery points: how everything was before something that may turn out a mistake."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

__all__ = ["RecoveryPoint"]


@frozen(slots=True)
class RecoveryPoint:
    """Everything as it was at ``time``, committed or not, in a hidden ``version``.

    ``branch`` was current then and stood at ``head``, empty before the first
    version; ``version`` is the same one where nothing was uncommitted.
    ``reason`` says what was about to be done.
    """

    id: str
    version: str
    branch: str
    head: str
    reason: str
    time: datetime
