"""What holds for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more of the machine's other work than of what it examines.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A test that is not about watching decides itself when the library looks at its files, and need
# not pay for a process that does it too. Those that are about it take this away.
os.environ["AUDOBON_WATCH"] = "off"

# Nor for a file of metrics a library, some ten milliseconds each.
os.environ["AUDOBON_METRICS"] = "off"

# No passphrase of a test ends in the keyring of whoever runs it.
os.environ["AUDOBON_KEYRING"] = "off"

# Taken out, so that tests which run tests do not name those that failed there.
_LISTED = os.environ.pop("AUDOBON_TEST_FAILED", "")


def _tell_failed(report: pytest.TestReport | pytest.CollectReport, mark: str = "") -> None:
    """Names of failed tests go to a file for whoever runs them once more (tools/devtools/again)."""
    # With several workers all reports also come to the process that has them.
    if report.failed and _LISTED and "PYTEST_XDIST_WORKER" not in os.environ:
        with Path(_LISTED).open("a", encoding="utf-8") as out:
            out.write(f"{mark}{report.nodeid}\n")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _tell_failed(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _tell_failed(report, "!")
