"""The page with plots, and the text for Prometheus: sound as they are read by others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import audobon
from audobon.errors import QueryError
from audobon.model import metrics as model
from audobon.model.health import Check, Health
from audobon.testing.pages import read_page

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"'
_SAMPLE = re.compile(rf"({_NAME})(\{{{_LABEL}(?:,{_LABEL})*\}})? (\S+)")


@pytest.fixture
def worked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[audobon.Library]:
    """A library that was worked in this week, a little of it really."""
    monkeypatch.delenv("AUDOBON_METRICS", raising=False)
    with audobon.Library.create(folder, "Trees & <b>leaves</b>") as lib:
        lib.search("oak")
        with pytest.raises(QueryError):
            lib.search("width:oak")
        lib._stores.meter.timing("inference", 0.3, device="GPU", pipeline="tags")
        lib._stores.meter.timing("inference", 0.1, device="none", pipeline="palette")
        now = int(datetime.now(UTC).timestamp()) // 3600 * 3600
        for ago in range(0, 120, 7):
            lib._stores.metrics.add(_hour(now - ago * 3600), now)
        yield lib


def _hour(start: int) -> list[model.Tally]:
    labels = {
        "call": (("call", "search"), ("outcome", "ok")),
        "job": (("kind", "run"), ("state", "failed")),
        "job_wait": (("kind", "run"),),
        "memory": (("process", "worker"),),
        "cache": (("answer", "hit"), ("cache", "previews")),
    }
    rows = []
    for name, told in labels.items():
        timed = model.MEASURES[name].kind == "timing"
        buckets = {model.bucket_of(0.02): 3} if timed else {}
        rows.append(
            model.Tally(
                *(start, model.HOUR_S, name, told, 3, 0.06, 0.02, 0.02, buckets),
                *(start, start + 60),
            )
        )
    return rows


def test_the_page_shows_it_all(worked: audobon.Library, tmp_path: Path) -> None:
    health = Health((Check("catalog", "problem", "is <odd>", "mend it"), Check("disk", "ok", "9")))
    to = worked.health_page(tmp_path / "page.html", check=health)
    page = read_page(to)
    assert "Trees & <b>leaves</b>" in page.text  # told, not obeyed
    for heading in (
        *("Response times", "Jobs", "Caches", "Inference", "Memory and disk", "Failures"),
        *("The doctor", "What there is", "1 to mend", "is <odd>", "mend it"),
        *("Mend the query at that place.", "tags on GPU", "palette", "search failed"),
    ):
        assert heading in page.text, heading
    assert page.seen.count("svg") >= 8
    assert not re.search(r"\bnan\b|\binf\b", to.read_text("utf-8"))


def test_a_page_of_nothing_and_of_one_hour(worked: audobon.Library, tmp_path: Path) -> None:
    recent = datetime.now(UTC) - timedelta(minutes=1)
    one = read_page(worked.health_page(tmp_path / "one.html", since=recent, check=False))
    assert "Response times" in one.text
    assert "The doctor" not in one.text
    worked.switch_metrics(on=False)
    worked.forget_metrics()
    none = read_page(worked.health_page(tmp_path / "none.html", check=False))
    assert "Nothing was measured in this time." in none.text
    assert "switched off" in none.text


def test_prometheus_can_read_it(worked: audobon.Library) -> None:
    """By the grammar of the exposition format, and by what a histogram promises."""
    text = worked.prometheus()
    assert text.endswith("\n")
    types: dict[str, str] = {}
    values: dict[tuple[str, str], float] = {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            assert re.fullmatch(rf"# HELP {_NAME} \S.*", line)
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge", "histogram")
            assert name not in types  # each family once, before its samples
            types[name] = kind
            continue
        found = _SAMPLE.fullmatch(line)
        assert found is not None, line
        name, labels, value = found[1], found[2] or "", float(found[3])
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        assert (types.get(name) or types[family]) == types[list(types)[-1]]
        assert (name, labels) not in values
        values[name, labels] = value
    assert types["audobon_call_seconds"] == "histogram"
    assert types["audobon_error_total"] == "counter"
    assert types["audobon_disk_free_bytes"] == "gauge"
    for (name, labels), count in values.items():
        if name.endswith("_count"):
            told = [
                value
                for (other, at), value in values.items()
                if other == name.replace("_count", "_bucket") and at.startswith(labels[:-1] + ",le")
            ]
            assert told == sorted(told)
            assert told[-1] == count  # +Inf comes last
    assert values["audobon_call_seconds_count", '{call="search",outcome="ok"}'] == 55
