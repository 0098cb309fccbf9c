"""What of the libraries that pipelines need the environment of workers has."""

from __future__ import annotations

import os

from audobon.model.job import Limits
from audobon.models.caging import model_cage
from audobon.work.executor import Executor

__all__ = ["engine_parts"]

_LIMITS = Limits(memory=1 << 30, cpu_s=30.0, wall_s=60.0, file=1 << 20)


def engine_parts(interpreter: str | os.PathLike[str] | None = None) -> dict[str, str]:
    """The versions of openvino, numpy, OpenImageIO and Pillow there, empty for what is not there.

    Unavailable when no Python can run workers.
    """
    with Executor(
        "audobon.models.tasks:TASKS", _LIMITS, interpreter=interpreter, cage=model_cage()
    ) as executor:
        found: dict[str, str] = executor.run("model.parts", {})
        return found
