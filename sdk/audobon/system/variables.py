"""Variables of this process's environment: what native libraries read, and switches of ours."""

from __future__ import annotations

import os

__all__ = ["analytics_host", "emulator_host", "set_variable", "switched_off"]


def switched_off(what: str) -> bool:
    """Whether ``AUDOBON_<WHAT>`` says ``off``, for programs that are to do without something."""
    return os.environ.get(f"AUDOBON_{what.upper()}", "").lower() in ("0", "no", "off")


def set_variable(name: str, value: str) -> None:
    """Set a variable for this process and those that it starts."""
    os.environ[name] = value


def emulator_host() -> str:
    """Where ``STORAGE_EMULATOR_HOST`` says that a stand-in for Cloud Storage listens, or empty."""
    return os.environ.get("STORAGE_EMULATOR_HOST", "")


def analytics_host() -> str:
    """Where ``BIGQUERY_EMULATOR_HOST`` says that a stand-in for BigQuery listens, or empty."""
    return os.environ.get("BIGQUERY_EMULATOR_HOST", "")
