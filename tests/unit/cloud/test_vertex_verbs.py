"""``audobon vertex`` and lessons of a library in Vertex AI, through worker processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from click.testing import CliRunner, Result
from lessons_data import plain_lesson

import audobon
from audobon.cli.root import cli
from audobon.cloud.ledger import Ledger
from audobon.cloud.running import Runs
from audobon.cloud.settings import Settings, cloud_folder, load_settings, save_settings
from audobon.errors import Busy, Invalid, Unavailable
from audobon.learning.plain import taught
from audobon.services.taught.learningaway import send_away
from audobon.storage.objects.gcs import GcsStore
from audobon.testing.gcs_server import gcs_server

if TYPE_CHECKING:
    from fakevertex import FakeVertex

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

Verb = Callable[..., Result]


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def verb() -> Verb:
    def run(*arguments: str | Path, status: int = 0) -> Result:
        done = CliRunner().invoke(cli, [str(item) for item in arguments])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == status, done.output
        return done

    return run


@pytest.fixture
def bucket(vertex: FakeVertex, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of fake-gcs-server, as the service and Google's client of it reach it."""
    with gcs_server("studio") as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        store = GcsStore("studio", "audobon", endpoint=url)
        vertex.store = store  # type: ignore[assignment]
        yield "gs://studio/audobon"
        store.close()


def _setup(vertex: FakeVertex, place: str) -> tuple[str, ...]:
    return (
        *("vertex", "setup", "--project", "studio-art", "--region", "europe-west4"),
        *("--place", place, "--most-money", "1", "--endpoint", vertex.rest),
    )


def test_a_lesson_of_a_library_is_learnt_there_and_kept_like_one_of_here(
    vertex: FakeVertex, bucket: str, verb: Verb, tmp_path: Path
) -> None:
    assert "0.00 of 1.00 USD spent" in verb(*_setup(vertex, bucket)).stdout
    lesson = plain_lesson()
    lesson["yes"] = [number % 2 == 0 for number in range(24)]  # nothing that can be learnt
    local = taught(lesson, lambda *_: None, lambda: None)
    assert local["refused"]
    facts = {"tag": "our rust", "precision": 0.8, "space": "embed-1", "lost": 2}
    vertex.turns += [vertex.begin, vertex.begin, lambda _: None]
    with audobon.Library.create(tmp_path / "MyAssets", "Test") as lib:
        told = send_away(lib._stores, lesson, facts, lambda: False)
        assert (told["state"], told["error"]) == ("sent", "")
        with Runs(cloud_folder()) as runs, pytest.raises(Busy, match="goes on"):
            runs.fetch(runs.ledger.get(told["run"]))
        job = lib.take_lesson(told["run"])
        lib.work()
        result = job.result()
        (head,) = lib.heads("our rust")
        assert (result["used"], head.used, head.refused) == (False, False, local["refused"])
        assert head.threshold == local["threshold"]
        assert head.card["held_out"] == local["card"]["held_out"]
        assert head.card["lost"] == 2
    again = Ledger(cloud_folder()).add("our rust", lesson, load_settings(cloud_folder()))
    assert (again.id, again.state) == (told["run"], "done")  # nothing is paid for twice
    assert len(vertex.jobs) == 1
    assert "done" in verb("vertex", "runs").stdout
    with audobon.Library.create(tmp_path / "Other", "Other") as lib, pytest.raises(Invalid):
        lib.take_lesson(told["run"])


def test_verbs_train_wait_show_logs_and_cancel(
    vertex: FakeVertex, bucket: str, verb: Verb, tmp_path: Path
) -> None:
    verb(*_setup(vertex, bucket))
    task, to = tmp_path / "task.json", tmp_path / "made.json"
    task.write_text(json.dumps(plain_lesson()))
    told = json.loads(verb("vertex", "train", task, "--to", to, "--json").stdout)
    assert (told["run"]["state"], "weights" in told["result"]) == ("done", False)
    assert json.loads(to.read_bytes())["card"]["given"] == 24
    assert "100 %" in verb("vertex", "logs", told["run"]["id"]).stdout
    assert verb("vertex", "wait", told["run"]["id"][:8]).stdout.startswith(told["run"]["id"])
    vertex.turns += [vertex.begin] * 9
    task.write_text(json.dumps(plain_lesson(seed=9)))
    sent = json.loads(verb("vertex", "train", task, "--no-wait", "--json").stdout)["run"]
    assert sent["state"] == "sent"
    assert "cancelled" in verb("vertex", "cancel", sent["id"]).stdout
    task.write_text("[]")
    verb("vertex", "train", task, status=10)


def test_offline_is_told_and_queued(vertex: FakeVertex, verb: Verb, tmp_path: Path) -> None:
    verb(*_setup(vertex, "gs://studio/audobon"))
    vertex.faults["ListCustomJobs"] = [403]
    settings = Settings("studio-art", "europe-west4", "memory:off", endpoint="http://127.0.0.1:9")
    save_settings(settings, cloud_folder())
    run = Ledger(cloud_folder()).add("our rust", plain_lesson(), settings)
    rows = json.loads(verb("vertex", "runs", "--offline", "--json").stdout)["runs"]
    assert [each["state"] for each in rows] == ["queued"]
    waiting = evolve(run, error="Vertex AI cannot be reached")
    Ledger(cloud_folder()).keep(waiting)
    assert "cannot be reached" in verb("vertex", "runs", "--offline").stdout


def test_without_a_setup_or_the_client_it_says_what_to_do(
    verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = verb("vertex", "runs", status=50)
    assert "vertex setup" in done.output
    with audobon.Library.create(tmp_path / "MyAssets", "Test") as lib:
        with pytest.raises(Unavailable, match="set up"):
            lib.teach("our rust", on="vertex")
        with pytest.raises(Invalid, match="place"):
            lib.teach("our rust", on="the moon")
    import importlib.util

    whole = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, package=None: None if name.startswith("google") else whole(name, package),
    )
    for words in (
        ["setup"],
        ["runs"],
        ["wait", "x"],
        ["logs", "x"],
        ["cancel", "x"],
        ["train", "x"],
        ["deploy", "x"],
        ["undeploy", "x"],
        ["endpoints"],
        ["predict", "x", "y"],
        ["batch", "tags", "x"],
    ):
        assert "pip install 'audobon[vertex]'" in verb("vertex", *words, status=51).output


def test_the_time_a_run_was_made_is_kept(tmp_path: Path) -> None:
    settings = Settings("studio-art", "europe-west4", "gs://b1/x")
    run = Ledger(tmp_path).add("our rust", plain_lesson(), settings)
    assert Ledger(tmp_path).get(run.id[:6]) == run
    assert (datetime.now(UTC) - run.made).total_seconds() < 600
