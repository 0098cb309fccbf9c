"""Batches in Vertex AI: begun once, verified, limited, and delivered like any other results."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from lessons_data import Time
from PIL import Image
from tinynet import tiny

import audobon
from audobon.cli.root import cli
from audobon.cloud.batches import Batches
from audobon.cloud.clients import Clients
from audobon.cloud.ledger import Ledger
from audobon.cloud.settings import Settings, cloud_folder, save_settings
from audobon.cloud.uploads import Registry, UploadedModel
from audobon.codec.vectors import unpack_values
from audobon.errors import (
    AudobonError,
    Cancelled,
    Corrupt,
    DiskFull,
    Invalid,
    LimitExceeded,
    Unavailable,
    WorkerDied,
)
from audobon.services.pipelines.away import FILES, Asking
from audobon.services.pipelines.computing import LIMITS
from audobon.storage.objects.gcs import GcsStore
from audobon.system.letterbox import Letterbox
from audobon.testing.gcs_server import gcs_server

if TYPE_CHECKING:
    from fakevertex import FakeVertex

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

IMAGE = "europe-docker.pkg.dev/studio-art/serving/model_server:latest"


def _model(vertex: FakeVertex, clients: Clients, time_: Time, data: Path) -> UploadedModel:
    item = tiny(data)
    files = {name: item.folder / name for name in FILES}
    registry = Registry(clients, vertex.store, time_.patience())
    return registry.upload("tiny_net", "1.0.0", files, image=IMAGE)


def _lines(path: Path, count: int = 5) -> Path:
    rows = [{"key": f"k{each}", "value": each} for each in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def counted(vertex: FakeVertex, monkeypatch: pytest.MonkeyPatch) -> None:
    def computed(_: object, model: Any, instances: list[Any]) -> list[Any]:
        return [each["value"] + 0.5 for each in instances]

    monkeypatch.setattr(type(vertex), "computed", computed)


@pytest.mark.usefixtures("counted")
def test_a_batch_is_begun_once_and_its_answers_are_by_key(
    vertex: FakeVertex, settings: Settings, time_: Time, tmp_path: Path
) -> None:
    ledger, lines, to = Ledger(tmp_path / "ledger"), _lines(tmp_path / "in"), tmp_path / "out"
    with Clients(settings) as clients:
        model = _model(vertex, clients, time_, tmp_path)
        batches = Batches(clients, vertex.store, ledger, time_.patience())

        def answer(**said: Any) -> int:
            return batches.answer(model, lines, to, machine="e2-standard-4", hours=1.0, **said)

        vertex.faults |= {
            "CreateBatchPredictionJob": [503, "lost"],
            "GetBatchPredictionJob": [503, "lost"],
            "ListBatchPredictionJobs": [429],
        }
        assert answer() == 0
        assert len(vertex.batches) == 1  # though replies were lost
        rows = [json.loads(line) for line in to.read_text().splitlines()]
        found = {each["key"]: each["prediction"] for each in rows}
        assert found == {f"k{each}": each + 0.5 for each in range(5)}
        (run,) = ledger.all()
        assert (run.state, run.cost) == ("done", pytest.approx(0.154126 * 120 / 3600, rel=1e-3))
        assert list(vertex.store.list("batches/")) == []
        vertex.batch_turns += [lambda job: None] * 3
        vertex.spoiled.append(lambda told: told[1:])
        assert answer() == 1  # one has no answer, and that is told
        _fails(answer, vertex, Corrupt, lambda told: told[:0])
        _fails(answer, vertex, Corrupt, lambda told: ["{}"])
        _fails(answer, vertex, Corrupt, lambda told: ['{"key": "k9", "prediction": 1}'])


def _fails(
    answer: Callable[[], int], vertex: FakeVertex, kind: type[AudobonError], spoil: Any
) -> None:
    vertex.spoiled.append(spoil)
    with pytest.raises(kind):
        answer()


@pytest.mark.usefixtures("counted")
def test_a_batch_is_limited_and_cancelled(
    vertex: FakeVertex, rest: Settings, time_: Time, tmp_path: Path
) -> None:
    from google.cloud.aiplatform_v1 import JobState

    ledger, lines, to = Ledger(tmp_path / "ledger"), _lines(tmp_path / "in"), tmp_path / "out"
    with Clients(rest) as clients:
        model = _model(vertex, clients, time_, tmp_path)
        batches = Batches(clients, vertex.store, ledger, time_.patience())

        def answer(hours: float = 1.0, **said: Any) -> int:
            return batches.answer(model, lines, to, machine="e2-standard-4", hours=hours, **said)

        with pytest.raises(LimitExceeded, match="may cost"):
            answer(hours=1000.0)
        assert vertex.batches == {}
        vertex.batch_turns += [lambda job: None] * 200
        with pytest.raises(LimitExceeded, match="longer than"):
            answer()
        with pytest.raises(Cancelled):
            answer(cancel=lambda: True)
        vertex.batch_turns[:] = [lambda job: vertex.end_batch(job, JobState.JOB_STATE_FAILED)]
        with pytest.raises(WorkerDied, match="failed"):
            answer()
        states = [each.state.name.removeprefix("JOB_STATE_") for each in vertex.batches.values()]
        assert states == ["CANCELLED", "CANCELLED", "FAILED"]
        vertex.faults["CreateBatchPredictionJob"] = [403]
        with pytest.raises(Unavailable):
            answer()
        assert not [run for run in ledger.all() if run.state == "asking"]
        lines.write_text("")
        with pytest.raises(Invalid):
            answer()


class _Worker:
    """Asks as a worker in its cage does."""

    def run(self, _name: str, payload: dict[str, Any], **_: Any) -> None:
        box = Letterbox(Path(payload["line"]))
        told = json.loads(box.ask(b'{"instances": [{"value": 1}]}', lambda: None))
        raise Unavailable(told["error"]["message"], subject="vertex")


def _asked(lines: Path, times: int) -> int:
    with Asking(_Worker(), lines) as asking:  # type: ignore[arg-type]
        for _ in range(times):
            asking.ask({}, LIMITS, lambda: False)
        return asking.count


def test_equal_questions_are_written_down_once(tmp_path: Path) -> None:
    assert _asked(tmp_path / "lines", 2) == 1
    (line,) = (tmp_path / "lines").read_text().splitlines()
    assert json.loads(line)["value"] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_question_that_cannot_be_written_down_stops_the_batch() -> None:
    with pytest.raises(DiskFull):
        _asked(Path("/dev/full"), 1)


def test_many_pictures_are_answered_by_one_batch_and_kept(
    vertex: FakeVertex, rest: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    root = tmp_path / "MyAssets"
    tiny(tmp_path / "data")
    save_settings(rest, cloud_folder())
    with audobon.Library.create(root, "Test") as lib:
        for seed in range(6):
            pixels = np.random.default_rng(seed).integers(0, 200, (224, 224, 3), np.uint8)
            Image.fromarray(pixels).save(root / f"p{seed}.png")
        lib.add([root])
        names = [f"p{seed}.png" for seed in range(6)]
        with pytest.raises(Invalid, match="device"):  # there is no network in it
            lib.run_batch("palette", names)

    def verb(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(cli, [*words, "--library", str(root)])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == status, done.output
        return done.stdout

    batch = ("vertex", "batch", "embed", *names, "--backbone", "tiny_net")
    assert "up to 0.15 USD" in verb(*batch)
    assert vertex.batches == {}
    with gcs_server("studio") as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        vertex.store = GcsStore("studio", "audobon", endpoint=url)  # type: ignore[assignment]
        verb("vertex", "upload", "tiny_net", "--image", IMAGE)
        vertex.spoiled.append(lambda told: told[1:])  # one is computed here
        made = json.loads(verb(*batch, "--yes", "--json"))
        assert (made["asked"], made["unanswered"], len(made["results"])) == (6, 1, 6)
        assert "no answer" in made["note"]
        again = json.loads(verb(*batch, "--yes", "--json"))
        vertex.store.close()
    assert (again["asked"], again["results"]) == (0, made["results"])
    assert len(vertex.batches) == 1
    here = json.loads(verb("run", "embed", *names, "--backbone", "tiny_net", "--json"))
    for one, other in zip(made["results"], here["results"], strict=True):
        near = np.array(unpack_values(one["values"])) @ np.array(unpack_values(other["values"]))
        assert near > 0.9999
