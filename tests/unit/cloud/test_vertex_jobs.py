"""A lesson in Vertex AI gives what it gives here: one job, whatever is lost on the way."""

from __future__ import annotations

import ast
import base64
import copy
import io
import json
import socket
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from lessons_data import Time, plain_lesson

from audobon.cloud.begun import LABEL
from audobon.cloud.calling import NoAnswer, Patience
from audobon.cloud.clients import Clients
from audobon.cloud.ledger import Ledger
from audobon.cloud.running import Runs
from audobon.cloud.settings import Settings, load_settings, save_settings
from audobon.cloud.vertex import TrainingJobs
from audobon.errors import (
    Cancelled,
    Conflict,
    Corrupt,
    Invalid,
    LimitExceeded,
    NotFound,
    Unavailable,
    WorkerDied,
)
from audobon.learning.checking import check_lesson
from audobon.learning.plain import taught
from audobon.storage.objects.base import Refused

if TYPE_CHECKING:
    from fakevertex import FakeVertex

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

RUN = "0f6c1f0e-0d8d-4a54-9f1b-0123456789ab"


def _jobs(vertex: FakeVertex, settings: Settings, patience: Patience) -> TrainingJobs:
    return TrainingJobs(Clients(settings), vertex.store, patience)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """All but how long it took."""
    made = copy.deepcopy([one, other])
    for each in made:
        each["card"].pop("seconds")
    return json.dumps(made[0], sort_keys=True) == json.dumps(made[1], sort_keys=True)


def test_a_job_gives_bit_for_bit_what_is_learnt_here(
    vertex: FakeVertex, settings: Settings, time_: Time, tmp_path: Path
) -> None:
    lesson = plain_lesson()
    save_settings(settings, tmp_path)
    told: list[tuple[float, dict[str, Any]]] = []
    with Runs(tmp_path, store=vertex.store, patience=time_.patience()) as runs:
        run = runs.queue("our rust", lesson)
        assert run.cost == pytest.approx(2 * settings.hour)
        made = runs.wait(run, report=lambda done, found: told.append((done, dict(found))))
        if settings.transport == "rest":
            lines = runs.logs(runs.ledger.get(run.id))
            assert "100 %" in lines[-1].text
            assert len(lines) > 2  # more than a page
        (after,) = runs.look()
        assert runs.wait(run) == made  # kept, and nothing is asked again
    local = taught(lesson, lambda *_: None, lambda: None)
    assert _same(made, json.loads(json.dumps(local)))
    assert not local["refused"]
    assert told[-1][0] == 1.0
    assert after.state == "done"
    assert after.cost == pytest.approx(120 / 3600 * settings.hour, abs=1e-5)  # 100 s, in steps
    assert [each.key for each in vertex.store.list("runs/")] == []
    (job,) = vertex.jobs.values()
    assert dict(job.labels) == {LABEL: run.id}


def test_the_staged_package_needs_nothing_of_ours_but_learning(tmp_path: Path) -> None:
    from audobon.cloud.package import stage, task_bytes

    staged = stage()
    assert staged == stage()
    wheel, site = tmp_path / staged.name, tmp_path / "site"
    wheel.write_bytes(staged.data)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True)
    task = tmp_path / "task.json"
    task.write_bytes(task_bytes(RUN, plain_lesson(8)))
    script = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "before = {n.partition('.')[0] for n in sys.modules}\n"  # files of site-packages load some
        "from audobon.learning import staged\n"
        f"code = staged.main(['--task', {str(task)!r}, '--to', {str(tmp_path)!r}])\n"
        "ours = sorted(n for n in sys.modules if n.startswith('audobon'))\n"
        f"assert all(sys.modules[n].__file__.startswith({str(site)!r}) for n in ours)\n"
        "foreign = {n.partition('.')[0] for n in sys.modules} - before - {'audobon'}\n"
        "import json; print(json.dumps([code, ours, sorted(foreign - sys.stdlib_module_names)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    code, ours, foreign = json.loads(done.stdout)
    assert code == 10  # eight examples are too few: refused, with the code of Invalid
    beside = {each for each in ours if not each.startswith("audobon.learning")}
    assert beside == {"audobon", "audobon.errors", "audobon.system", "audobon.system.late"}
    assert set(foreign) <= {"attr", "attrs", "numpy"}
    receipt = json.loads((tmp_path / "receipt.json").read_bytes())
    assert receipt["error"]["code"] == 10


def test_the_staged_package_is_for_the_python_of_training_images() -> None:
    from audobon.cloud.package import stage

    with zipfile.ZipFile(io.BytesIO(stage().data)) as wheel:
        for name in wheel.namelist():
            if name.endswith(".py"):
                tree = ast.parse(wheel.read(name), feature_version=(3, 10))
                found = [each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
                names = {(each.module, one.name) for each in found for one in each.names}
                newer = {("enum", "StrEnum"), ("datetime", "UTC"), ("typing", "Self")}
                assert not names & newer, name


def test_a_lost_reply_leaves_one_job(vertex: FakeVertex, settings: Settings, time_: Time) -> None:
    vertex.faults["CreateCustomJob"] = [503, "lost", "lost"]
    vertex.faults["ListCustomJobs"] = [0, 503, 0, "lost", 503, 429, 0]
    jobs = _jobs(vertex, settings, time_.patience())
    with jobs.clients:
        made = jobs.begin(RUN, plain_lesson(), hours=1)
        assert made.run == RUN
        assert jobs.begin(RUN, plain_lesson(), hours=1).name == made.name
        assert len(vertex.jobs) == 1
        assert vertex.count("CreateCustomJob") == 2
        with pytest.raises(Conflict, match="other contents"):
            jobs.begin(RUN, plain_lesson(seed=4), hours=1)


def test_of_two_jobs_of_a_run_one_goes_on(vertex: FakeVertex, rest: Settings, time_: Time) -> None:
    jobs = _jobs(vertex, rest, time_.patience())
    with jobs.clients:
        first = jobs.begin(RUN, plain_lesson(), hours=1)
        twin = type(vertex.jobs[first.name])(vertex.jobs[first.name])
        twin.name = first.name.replace("/1000", "/0999")
        twin.create_time = twin.create_time + timedelta(seconds=5)
        vertex.jobs[twin.name] = twin
        assert jobs.begin(RUN, plain_lesson(), hours=1).name == first.name
        assert jobs.look(twin.name).state == "cancelled"
        vertex.turns.append(vertex.begin)
        assert jobs.look(first.name).state == "running"


def test_an_outage_while_it_runs_is_waited_out(
    vertex: FakeVertex, rest: Settings, time_: Time
) -> None:
    jobs = _jobs(vertex, rest, time_.patience())
    vertex.turns += [vertex.begin, lambda _: None]
    vertex.faults["GetCustomJob"] = [503, 503, 0, *[503] * 30]
    lesson = plain_lesson()
    with jobs.clients:
        job = jobs.follow(jobs.begin(RUN, lesson, hours=1), hours=1)
        assert jobs.result(job, lesson)["threshold"] > 0
    assert time_.now > 120  # longer than one call is asked again


def test_cancelled_here_is_cancelled_there(
    vertex: FakeVertex, settings: Settings, time_: Time, tmp_path: Path
) -> None:
    save_settings(settings, tmp_path)
    vertex.turns += [vertex.begin, lambda _: None]
    vertex.faults["CancelCustomJob"] = [503, "lost"]
    with Runs(tmp_path, store=vertex.store, patience=time_.patience()) as runs:
        run = runs.queue("our rust", plain_lesson())
        runs.send()
        with pytest.raises(Cancelled):
            runs.wait(run, cancel=lambda: vertex.count("GetCustomJob") >= 2)
        (job,) = vertex.jobs.values()
        assert job.state.name == "JOB_STATE_CANCELLED"
        (after,) = runs.look()
        assert after.state == "cancelled"
        assert after.cost > 0
        assert runs.cancel(after) == after


def test_silence_is_not_waited_for(vertex: FakeVertex, settings: Settings, time_: Time) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        silent = evolve(settings, endpoint=f"http://127.0.0.1:{hole.getsockname()[1]}")
        patience = evolve(time_.patience(timeout_s=0.3), patience_s=0.0)
        jobs = _jobs(vertex, silent, patience)
        with jobs.clients, pytest.raises(NoAnswer):
            jobs.begin(RUN, plain_lesson(), hours=1)
        hole.close()
        with jobs.clients, pytest.raises(NoAnswer, match=r"reach|answers"):
            jobs.look("projects/p/locations/r/customJobs/1")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Refused), (403, Refused), (404, NotFound), (400, Invalid), (409, Conflict)],
)
def test_refusals_are_errors_of_ours_and_not_repeated(
    vertex: FakeVertex, settings: Settings, time_: Time, status: int, kind: type[Exception]
) -> None:
    jobs = _jobs(vertex, settings, time_.patience())
    vertex.faults["GetCustomJob"] = [status]
    with jobs.clients, pytest.raises(kind) as raised:
        jobs.look("projects/p/locations/r/customJobs/1")
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    assert vertex.count("GetCustomJob") == 1


def test_what_comes_back_is_verified(vertex: FakeVertex, rest: Settings, time_: Time) -> None:
    lesson = plain_lesson()
    jobs = _jobs(vertex, rest, time_.patience())
    with jobs.clients:
        job = jobs.follow(jobs.begin(RUN, lesson, hours=1), hours=1)
        sound = jobs.result(job, lesson)
        kept = vertex.store.get(f"runs/{RUN}/result.json")
        receipt = vertex.store.get(f"runs/{RUN}/receipt.json")
        vertex.store.put(f"runs/{RUN}/result.json", kept[:-2])
        with pytest.raises(Corrupt, match="as it was made"):
            jobs.result(job, lesson)
        vertex.store.put(f"runs/{RUN}/result.json", kept)
        with pytest.raises(Corrupt, match="another task"):
            jobs.result(job, {**lesson, "seed": 1})
        vertex.store.put(f"runs/{RUN}/receipt.json", receipt[:-2])
        with pytest.raises(Corrupt, match="cannot be read"):
            jobs.result(job, lesson)
        vertex.store.delete(f"runs/{RUN}/receipt.json")
        with pytest.raises(Corrupt, match="no receipt"):
            jobs.result(job, lesson)
        with pytest.raises(WorkerDied, match="no machine"):
            jobs.result(evolve(job, state="failed", error="no machine"), lesson)
        with pytest.raises(LimitExceeded):
            jobs.result(evolve(job, state="failed", expired=True), lesson)
    for wrong, words in (
        ({"threshold": 2.0}, "no threshold"),
        ({"weights": base64.b64encode(bytes(8)).decode()}, "no weights for 12"),
        ({"weights": base64.b64encode(b"\xff" * 4 * 13).decode()}, "not finite"),
        ({"card": {}}, "has no given"),
        ({"card": {**sound["card"], "held_out": [["00", True, 0.5, 0]]}}, "other examples"),
    ):
        with pytest.raises(Corrupt, match=words):
            check_lesson(lesson, {**sound, **wrong})


def test_a_lesson_that_is_refused_there_is_refused_with_the_same_error(
    vertex: FakeVertex, rest: Settings, time_: Time, tmp_path: Path
) -> None:
    save_settings(rest, tmp_path)
    with Runs(tmp_path, store=vertex.store, patience=time_.patience()) as runs:
        run = runs.queue("our rust", plain_lesson(8))
        with pytest.raises(Invalid, match="too few"):
            runs.wait(run)
        (after,) = runs.look()
        assert (after.state, after.cost > 0) == ("failed", True)
        with pytest.raises(Invalid, match="too few"):
            runs.wait(run)


def test_jobs_take_turns_and_money_has_an_end(
    vertex: FakeVertex, rest: Settings, time_: Time, tmp_path: Path
) -> None:
    hour = rest.hour
    save_settings(evolve(rest, most_money=6 * hour), tmp_path)
    with Runs(tmp_path, store=vertex.store, patience=time_.patience()) as runs:
        first, second, third = (runs.queue(f"tag {n}", plain_lesson(seed=n)) for n in range(3))
        with pytest.raises(LimitExceeded, match="set aside"):
            runs.queue("one more", plain_lesson())
        vertex.turns += [vertex.begin] + [lambda _: None] * 3
        assert [each.id for each in runs.send()] == [first.id]
        assert runs.send() == ()
        assert [each.state for each in runs.look()] == ["sent", "queued", "queued"]
        assert runs.cancel(second).state == "cancelled"
        runs.wait(third)  # the first is done meanwhile, and is not waited for by anybody
        assert [each.state for each in runs.look()] == ["done", "cancelled", "done"]
        assert runs.wait(first)["card"]["given"] == 24
        runs.queue("one more", plain_lesson())  # what they did not take is there again
        assert len(vertex.jobs) == 2


def test_offline_it_stays_queued_and_goes_on_later(
    vertex: FakeVertex, rest: Settings, time_: Time, tmp_path: Path
) -> None:
    save_settings(evolve(rest, endpoint="http://127.0.0.1:9"), tmp_path)
    patience = evolve(time_.patience(timeout_s=2.0), patience_s=0.0)
    with Runs(tmp_path, store=vertex.store, patience=patience) as runs:
        run = runs.queue("our rust", plain_lesson())
        with pytest.raises(NoAnswer):
            runs.wait(run)
        (waiting,) = runs.ledger.all()
        assert (waiting.state, bool(waiting.error)) == ("queued", True)
    save_settings(rest, tmp_path)
    with Runs(tmp_path, store=vertex.store, patience=time_.patience()) as runs:
        assert runs.wait(run)["card"]["given"] == 24


def test_settings_are_checked_and_tell_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        load_settings(tmp_path)
    assert "vertex setup" in raised.value.hint
    sound = Settings(project="studio-art", region="europe-west4", place="gs://b1/x")
    save_settings(sound, tmp_path)
    assert load_settings(tmp_path) == sound
    for wrong in (
        {"project": "x"},
        {"region": "moon"},
        {"place": "/a/folder"},
        {"endpoint": "http://example.org"},
        {"machine": "a3-megagpu-8g"},
        {"most_hours": 0},
        {"transport": "pigeon"},
        {"account": "me@example.org"},
    ):
        with pytest.raises(Invalid):
            evolve(sound, **wrong).check()
    with pytest.raises(NotFound):
        Ledger(tmp_path).get("nothing")


def test_no_module_of_the_cloud_loads_google() -> None:
    script = (
        "import sys, pkgutil, importlib, audobon.cloud as c\n"
        "before = set(sys.modules)\n"
        "for m in pkgutil.iter_modules(c.__path__):\n"
        "    importlib.import_module(f'audobon.cloud.{m.name}')\n"
        "new = {n.partition('.')[0] for n in set(sys.modules) - before}\n"
        "assert not new & {'google', 'grpc', 'requests', 'numpy', 'proto'}, new"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
