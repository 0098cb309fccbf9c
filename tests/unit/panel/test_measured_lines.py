"""What takes long and what fails, as a panel says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attrs import evolve

from audobon.model.metrics import Advised, Fault, Figure, Machine, Metrics
from audobon.panel.measured import fault_lines, slow_lines

NOW = datetime.now(UTC)
NOTHING = Metrics(1, True, NOW, NOW, 0.09, (), (), Machine(0, 0, 0, 0, 0, ()), 0)


def figure(name: str, count: int, p90: float, **labels: str) -> Figure:
    return Figure(name, labels, count, p90, p90, p90, p90, p90, p90, NOW)


def test_the_slowest_come_first() -> None:
    found = evolve(
        NOTHING,
        figures=(
            figure("call", 8_977, 0.048, call="search", outcome="ok"),
            figure("call", 3, 9.0, call="search", outcome="failed"),
            figure("call", 1, 3.0, call="doctor", outcome="ok"),
            figure("job", 31, 12.5, kind="run", state="done"),
            figure("call", 1, 1.4, call="commit", outcome="ok"),
            figure("cache", 30, 0.0, cache="previews", answer="hit"),
            figure("cache", 10, 0.0, cache="previews", answer="miss"),
        ),
    )
    assert slow_lines(found) == (
        "Pipeline (work): 90 % in 12.5 s, 31 times",
        "Commit: 1.4 s, once",
        "Search: 90 % in 48 ms, 8,977 times",
        "Previews that lay ready: 75 % of 40",
    )


def test_before_a_check_without_figures_and_switched_off() -> None:
    assert (slow_lines(None), fault_lines(None)) == ((), ())
    assert slow_lines(NOTHING) == ("Nothing was measured yet",)
    off = slow_lines(evolve(NOTHING, on=False))
    assert off == ("How long things take is not kept in this library",)
    assert fault_lines(NOTHING) == ()


def test_failures_say_what_to_do() -> None:
    fault = Fault(
        *(41, "bad-file", "job preview", "formats.images", 3, NOW, NOW - timedelta(hours=2)),
        *("Restore it with `audobon restore`.", Advised(7, "a.png is cut", "")),
    )
    other = evolve(fault, kind="push", slug="unavailable", count=1, latest=None, at="")
    first, second = fault_lines(evolve(NOTHING, faults=(fault, other)))
    assert first.text.startswith("Preview: bad file (3 times, ")
    assert first.advice == "Restore it with 'audobon restore'."
    assert first.details.startswith("[41] job preview in formats.images, 3 times, since ")
    assert first.details.endswith("job 7: a.png is cut")
    assert second.text.startswith("Push: unavailable (")
    assert "time" not in second.text.partition("(")[2].partition(",")[0]
