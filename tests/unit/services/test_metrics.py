"""How long things take and what fails is added up here, bounded, nameless, and only if wanted."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve

import audobon
from audobon.errors import AudobonError, Cancelled, Invalid, QueryError, ReadOnly, Unsupported
from audobon.model import metrics as model
from audobon.services.core.meter import Meter
from audobon.services.health.advice import ADVICE
from audobon.storage.metrics import MetricStore
from audobon.storage.metrics.store import KEPT_DAYS, KEPT_HOURS

DOCS = Path(__file__).parents[3] / "docs"
OAK = "textures/oak_planks.png"


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDOBON_METRICS", raising=False)
    # Jobs are run here, so that what is noted of them is at hand at once.
    monkeypatch.setattr("audobon.services.core.stores.Stores.start_worker", lambda _: None)


@pytest.fixture
def measured(folder: Path, _allowed: None) -> Iterator[audobon.Library]:
    with audobon.Library.create(folder, "Test") as library:
        library.add([folder / "textures"])
        yield library


def tally(start: int, *seconds: float, name: str = "call", span: int = model.HOUR_S) -> model.Tally:
    buckets: dict[int, int] = {}
    for each in seconds:
        buckets[model.bucket_of(each)] = buckets.get(model.bucket_of(each), 0) + 1
    return model.Tally(
        *(start, span, name, (("call", "search"), ("outcome", "ok")), len(seconds)),
        *(math.fsum(seconds), min(seconds), max(seconds), buckets, start, start + 1),
    )


def test_a_percentile_is_as_far_off_as_is_told() -> None:
    durations = sorted(0.0001 * 1.013**number for number in range(1_000))
    whole = tally(0, *durations)
    for share in (0.01, 0.5, 0.9, 0.99, 1.0):
        true = durations[math.ceil(share * len(durations)) - 1]
        told = model.quantile(whole.buckets, share, whole.least, whole.most)
        assert abs(told / true - 1) <= model.BUCKET_ERROR + 1e-9
    assert model.quantile({}, 0.5, 0.0, 7.0) == 7.0
    for number in range(-40, 40):  # a bound itself stays in its bucket
        assert model.bucket_of(model.bound(number)) == number
    assert model.bucket_of(0) == model.bucket_of(1e-9)
    assert model.bucket_of(1e9) == model.bucket_of(1e8)


def test_calls_jobs_caches_and_failures_are_counted(measured: audobon.Library) -> None:
    lib = measured
    lib.search("oak")
    with pytest.raises(QueryError):
        lib.search("width:oak")
    lib.edit(OAK, add_tags=["wood"])
    assert lib.preview(OAK) is None
    broken = lib.path / "broken.png"
    sound = (lib.path / OAK).read_bytes()
    broken.write_bytes(sound[:41] + b"\xff" * (len(sound) - 57) + sound[-16:])  # its head is sound
    lib.add([broken])
    lib.preview(broken)
    lib.work()
    assert lib.preview(OAK)
    found = lib.metrics()
    calls = {(each.labels["call"], each.labels["outcome"]): each for each in found.of("call")}
    assert calls["search", "ok"].count == calls["search", "failed"].count == 1
    assert calls["edit", "ok"].most >= calls["edit", "ok"].p99 > 0
    jobs = {(each.labels["kind"], each.labels["state"]): each.count for each in found.of("job")}
    assert jobs["previews", "done"] >= 1
    assert jobs["preview", "failed"] == 1
    assert found.of("job_wait", kind="previews")[0].mean > 0
    answers = {each.labels["answer"]: each.count for each in found.of("cache", cache="previews")}
    assert answers == {"hit": 1, "miss": 2}
    assert found.faults[0].kind.startswith("job ")
    [failed] = [each for each in found.faults if each.kind == "job preview"]
    assert failed.latest is not None
    assert "broken.png" in failed.latest.message
    assert failed.latest.job == lib.jobs("failed")[0].id
    assert failed.advice == ADVICE[failed.code]
    [fault] = [each for each in found.faults if each.kind == "search"]
    assert (fault.code, fault.slug, fault.kind, fault.count) == (11, "query", "search", 1)
    assert fault.at.startswith("codec.")
    assert fault.advice == ADVICE[11]
    assert found.of("memory", process="program")[0].most > 1 << 20
    assert found.now.disk_total > found.now.disk_free > 0
    assert dict(found.now.parts)["catalog.db"] > 0
    assert found.kept_bytes > 0


def test_nothing_in_the_file_names_anything(measured: audobon.Library) -> None:
    lib = measured
    lib.search("mossy OR secretword")
    with pytest.raises(AudobonError):
        lib.restore("textures/secretword.png", "HEAD")
    lib.edit(OAK, add_tags=["secretword"])
    lib.commit("secretword")
    lib.close()
    kept = lib.state_path / "derived" / "metrics.db"
    data = b"".join(path.read_bytes() for path in kept.parent.glob("metrics.db*"))
    assert b"restore" in data  # it is not merely empty
    for word in (b"oak", b"mossy", b"secretword", b"textures", lib.path.name.encode()):
        assert word not in data


def test_labels_are_those_of_the_catalogue(measured: audobon.Library) -> None:
    measured.work()
    rows = measured.metric_rows()
    assert rows
    assert len({row.key for row in rows}) == len(rows)
    for row in rows:
        assert tuple(sorted(row.labels)) == model.MEASURES[row.name].labels
        timed = model.MEASURES[row.name].kind == "timing"
        assert sum(row.buckets.values()) == (row.count if timed else 0)
        assert row.span_s == model.HOUR_S
        assert row.start.minute == 0
    assert measured.metric_rows(ended=True) == ()
    assert all(row.span_s == 0 for row in measured.metric_rows(span="ever"))
    with pytest.raises(Invalid):
        measured.metric_rows(span="week")


def test_several_write_at_once(tmp_path: Path) -> None:
    """Nothing is lost between threads of one process, nor between processes."""
    work = (
        "import sys; from pathlib import Path; from audobon.model.metrics import Tally\n"
        "from audobon.storage.metrics import MetricStore\n"
        "store = MetricStore(Path(sys.argv[1]), base=Path(sys.argv[1]).parent)\n"
        "for _ in range(20):\n"
        "    one = Tally(0, 3600, 'call', (('call', 'add'),), 1, 1, 1, 1, {0: 1}, 0, 1)\n"
        "    store.add([one], 1)\n"
    )
    path = tmp_path / "metrics.db"
    others = [subprocess.Popen([sys.executable, "-c", work, str(path)]) for _ in range(2)]
    store = MetricStore(path, base=tmp_path)
    threads = [
        threading.Thread(target=lambda: [store.add([tally(0, 0.5)], 1) for _ in range(10)])
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait() for other in others] == [0, 0]
    assert sorted(each.count for each in store.rows()) == [20, 40]
    assert sorted(each.count for each in store.rows(spans=(0,))) == [20, 40]
    store.close()


def test_old_hours_become_days_and_old_days_go(tmp_path: Path) -> None:
    store = MetricStore(tmp_path / "metrics.db", base=tmp_path)
    day = 20_000 * model.DAY_S
    store.add([tally(day + hour * model.HOUR_S, 0.1, 0.2) for hour in range(24)], day)
    assert len(store.rows()) == 24
    later = day + (KEPT_HOURS + 24) * model.HOUR_S
    store.add([tally(later, 0.4)], later)
    first, second = store.rows()
    assert (first.span, first.start, first.count, first.most) == (model.DAY_S, day, 48, 0.2)
    assert sum(first.buckets.values()) == 48
    assert (second.span, second.start) == (model.HOUR_S, later)
    assert [each.count for each in store.rows(since=later)] == [1]
    much = day + (KEPT_DAYS + 2) * model.DAY_S
    store.add([tally(much, 0.4)], much)
    assert [each.count for each in store.rows()] == [1, 1]
    [ever] = store.rows(spans=(0,))
    assert ever.count == 50
    store.close()


def test_switched_off_forgotten_and_read_only(measured: audobon.Library) -> None:
    lib = measured
    lib.search("oak")
    assert lib.metrics().of("call", call="search")
    lib.switch_metrics(on=False)
    assert not lib.metrics_on
    lib.search("moss")
    assert lib.metrics().of("call", call="search")[0].count == 1
    assert not lib.metrics().on
    assert lib.forget_metrics(datetime.now(UTC) - timedelta(days=1)) == 0
    assert lib.forget_metrics() > 0
    assert lib.metrics().figures == ()
    lib.switch_metrics(on=True)
    lib.search("oak")
    lib.close()
    files = {path: path.read_bytes() for path in lib.state_path.rglob("metrics.db*")}
    with audobon.Library.open(lib.path, read_only=True) as reading:
        reading.search("oak")
        [found] = reading.metrics().of("call", call="search")
        assert found.count == 1
        with pytest.raises(ReadOnly):
            reading.forget_metrics()
        with pytest.raises(ReadOnly):
            reading.switch_metrics(on=False)
    assert files == {path: path.read_bytes() for path in files}
    (lib.state_path / "derived" / "metrics.db").write_bytes(b"no database at all" * 100)
    with audobon.Library.open(lib.path) as again:  # damaged, it begins anew
        again.search("oak")
        assert again.metrics().of("call", call="search")[0].count >= 1


def test_the_meter_hands_on_by_itself_and_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[model.Tally] = []
    came = threading.Event()
    monkeypatch.setattr("audobon.services.core.meter._EVERY_S", 0.01)
    meter = Meter()
    meter.timing("call", 1.0, call="add", outcome="ok")  # nobody takes it
    meter.sink = lambda tallies: (given.extend(tallies), came.set())
    meter.timing("call", 1.0, call="add", outcome="ok")
    assert came.wait(60)
    monkeypatch.setattr("audobon.services.core.meter._EVERY_S", 3600.0)
    with pytest.raises(Cancelled), meter.call("push"):
        raise Cancelled("stopped")
    with pytest.raises(Unsupported), meter.call("pull"):
        raise Unsupported("not this one")
    meter.level("disk", 7, part="state")
    meter.close()  # although an hour is not over
    meter.close()
    meter.count("cache", answer="hit", cache="previews")
    meter.flush()
    seen = sorted((each.name, *dict(each.labels).values()) for each in given)
    assert [each for each in seen if each[0] == "call"] == [
        *(("call", "add", "ok"), ("call", "pull", "failed"), ("call", "push", "cancelled")),
    ]
    assert [each[0] for each in seen if each[0] != "call"] == ["disk", "error"]
    [error] = [each for each in given if each.name == "error"]
    assert dict(error.labels) == {"at": "services.core.meter", "code": "12", "kind": "pull"}


def test_what_cannot_be_kept_is_dropped() -> None:
    def full(_: object) -> None:
        raise OSError("no space")

    meter = Meter()
    meter.sink = full
    meter.count("cache", answer="hit", cache="previews")
    meter.flush()
    meter.close()


def test_joined_is_what_was_measured_at_once() -> None:
    one, two = tally(0, 0.1, 0.3), tally(3600, 0.2)
    [both] = model.joined([one, two])
    assert evolve(both, start=0) == evolve(tally(0, 0.1, 0.3, 0.2), total=both.total, last=3601)


def test_advice_is_that_of_the_page() -> None:
    text = (DOCS / "errors.md").read_text("utf-8")
    told = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        if part[:1].isdigit():
            what = part.partition("**What to do.** ")[2].partition("\n\n")[0]
            told[int(part.partition(" ")[0])] = " ".join(what.split())
    assert dict(ADVICE) == told


def test_the_page_tells_of_every_measure() -> None:
    text = (DOCS / "monitoring.md").read_text("utf-8")
    for each in model.MEASURES.values():
        assert f"| `{each.name}` | {each.kind} |" in text, each.name
        for label in each.labels:
            assert f"`{label}`" in text
    assert f"schema {model.SCHEMA}" in text
    assert json.dumps(model.SCHEMA) in text


def test_a_library_closes_though_ctrl_c_met_its_meter(
    lib: audobon.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: threading.Thread) -> None:
        raise KeyboardInterrupt

    lib.stats()
    lib._stores.meter.flush()
    lib._stores.meter._thread = None
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            lib.search("oak")
    lib.close()
