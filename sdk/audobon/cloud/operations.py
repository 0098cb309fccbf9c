"""Long operations of the service: waited for, and refused ones told."""

from __future__ import annotations

from typing import Any

from audobon.cloud.calling import NoAnswer, Patience, call
from audobon.errors import Invalid

__all__ = ["wait_for"]

_LOOK_S = 2.0


def wait_for(client: Any, operation: str, what: str, patience: Patience, longest_s: float) -> None:
    """Return when an operation has ended; ``client`` is the one that began it, ``what`` for people.

    Invalid with what the service says where it refuses, NoAnswer where it does not end in time.
    """
    begun = patience.clock()

    def look(limit: float) -> Any:
        return client.get_operation(request={"name": operation}, timeout=limit, retry=None)

    while not (told := call(look, what, patience)).done:
        if patience.clock() - begun > longest_s:
            raise NoAnswer(f"{what}: Vertex AI has not done it")
        patience.pause(_LOOK_S)
    if told.error.code:
        raise Invalid(f"{what}: Vertex AI refuses it: {told.error.message[:300]}")
