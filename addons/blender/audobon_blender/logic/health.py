# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor's findings and the state of the work, as a panel and a status bar say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audobon.model.metrics import Metrics
    from audobon.panel.health import JobLine, Line
    from audobon.panel.measured import FaultLine
    from audobon.services.health.caches import CacheSize
    from audobon.services.health.doctor import Health
    from audobon.services.health.stats import Stats
    from audobon.session.journal import Trouble
    from audobon.session.state import Engine, State

__all__ = [
    "ICONS",
    "cache_text",
    "fault_lines",
    "findings",
    "jobs",
    "report",
    "slow_lines",
    "status",
    "storage",
    "switch_lines",
    "trouble_text",
    "verdict",
]

ICONS = {"ok": "CHECKMARK", "off": "X", "warning": "INFO", "problem": "ERROR"}
"""Of a finding, by its state."""


def findings(health: Health, engine: Engine) -> tuple[Line, ...]:
    """What is wrong first, then what is off, then what is as it should be."""
    from audobon.panel import health as panel

    return panel.findings(health, engine)


def verdict(health: Health | None) -> str:
    """All of it in one sentence."""
    from audobon.panel import health as panel

    return panel.verdict(health)


def cache_text(caches: Iterable[CacheSize]) -> tuple[str, ...]:
    """A line for each cache, and one for all together."""
    from audobon.panel import health as panel

    return panel.cache_text(caches)


def switch_lines(metrics: Metrics | None) -> tuple[str, str]:
    """What is said beside the switch of what takes long, and on it."""
    from audobon.panel import measured

    return measured.switch_lines(metrics)


def status(state: State) -> tuple[str, float | None]:
    """What the status bar says, and how far it is; empty where nothing is being done."""
    from audobon.panel import health as panel

    return panel.status(state)


def jobs(state: State) -> tuple[JobLine, ...]:
    """Jobs that failed and can be tried again."""
    from audobon.panel import health as panel

    return tuple(line for line in panel.jobs(state) if line.state == "failed")


def storage(stats: Stats | None) -> tuple[str, ...]:
    """What the history takes, and what is in no version yet."""
    from audobon.panel import health as panel

    return panel.storage(stats)


def trouble_text(trouble: Trouble) -> str:
    """A kind of failure in one line."""
    from audobon.panel import health as panel

    return panel.trouble_text(trouble)


def report(trouble: Trouble) -> str:
    """What a report of it should hold."""
    from audobon.panel import health as panel

    return panel.report(trouble)


def slow_lines(metrics: Metrics | None) -> tuple[str, ...]:
    """What takes longest, and how often previews lay ready."""
    from audobon.panel import measured as panel

    return panel.slow_lines(metrics)


def fault_lines(metrics: Metrics | None) -> tuple[FaultLine, ...]:
    """What failed in the last days, by cause, with what to do."""
    from audobon.panel import measured as panel

    return panel.fault_lines(metrics)
