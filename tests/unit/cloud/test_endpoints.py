"""Networks that are deployed answer, cost what was allowed, and are asked within the limits."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from lessons_data import Time
from tinynet import tiny

from audobon.cloud.calling import NoAnswer
from audobon.cloud.clients import Clients
from audobon.cloud.endpoints import Endpoints
from audobon.cloud.ledger import Ledger
from audobon.cloud.predicting import MOST, Predictor
from audobon.cloud.settings import Settings
from audobon.cloud.uploads import Registry, UploadedModel, mark_of
from audobon.errors import Conflict, Invalid, LimitExceeded, NotFound, Unavailable
from audobon.services.pipelines.away import FILES

if TYPE_CHECKING:
    from fakevertex import FakeVertex

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

IMAGE = "europe-docker.pkg.dev/studio-art/serving/model_server:latest"


def _uploaded(clients: Clients, vertex: FakeVertex, time_: Time, data: Path) -> UploadedModel:
    item = tiny(data)
    files = {name: item.folder / name for name in FILES}
    registry = Registry(clients, vertex.store, time_.patience())
    return registry.upload("tiny_net", "1.0.0", files, image=IMAGE)


def _instances(count: int, size: int = 10) -> list[dict[str, Any]]:
    return [{"picture": "x" * size} for _ in range(count)]


def test_a_version_is_deployed_once_and_taken_down(
    vertex: FakeVertex, settings: Settings, time_: Time, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "ledger")
    with Clients(settings) as clients:
        model = _uploaded(clients, vertex, time_, tmp_path)
        endpoints = Endpoints(clients, ledger, time_.patience())
        with pytest.raises(NotFound) as caught:
            endpoints.get("tiny_net")
        assert "vertex deploy tiny_net" in caught.value.hint
        vertex.faults |= {
            "CreateEndpoint": [503, "lost"],
            "DeployModel": [429, "lost"],
            "GetEndpoint": [0, 503, "lost"],
            "UndeployModel": [503, "lost"],
            "DeleteEndpoint": ["lost"],
        }
        made = endpoints.deploy(model, machine="e2-standard-2", hours=2.0)
        assert (made.component, made.version, made.machine) == ("tiny-net", "1", "e2-standard-2")
        assert endpoints.deploy(model, machine="e2-standard-2", hours=2.0) == made
        (endpoint,) = vertex.endpoints.values()
        assert len(endpoint.deployed_models) == 1  # though replies were lost
        assert ledger.spent() == pytest.approx(2 * 0.077063)
        assert endpoints.list() == (made,)
        ended = endpoints.undeploy("tiny_net")
        assert ended is not None
        assert (ended.state, vertex.endpoints) == ("done", {})
        assert ledger.spent() < 0.077063
        with pytest.raises(NotFound):
            endpoints.undeploy("tiny_net")


def test_what_it_may_cost_is_refused_before_anything_is_sent(
    vertex: FakeVertex, rest: Settings, time_: Time, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "ledger")
    model = UploadedModel("tiny-net", "models/tiny", "1", (), "gs://studio/audobon/models/x/abc")
    with Clients(rest) as clients:
        endpoints = Endpoints(clients, ledger, time_.patience())
        with pytest.raises(LimitExceeded, match=r"may cost 7\.71 USD"):
            endpoints.deploy(model, machine="e2-standard-2", hours=100.0)
        with pytest.raises(Invalid, match="no n1-standard-2 that answers"):
            endpoints.deploy(model, machine="n1-standard-2", hours=1.0)
        assert vertex.seen == []
        vertex.faults["CreateEndpoint"] = [403]
        with pytest.raises(Unavailable):
            endpoints.deploy(model, machine="e2-standard-2", hours=1.0)
    assert [(run.state, run.cost) for run in ledger.all()] == [("failed", 0.0)]


def test_answers_come_in_order_through_faults_and_within_limits(
    vertex: FakeVertex, settings: Settings, time_: Time, tmp_path: Path, monkeypatch: Any
) -> None:
    ledger = Ledger(tmp_path / "ledger")
    told: list[int] = []

    def counted(_: Any, instances: list[Any]) -> list[Any]:
        told.append(len(instances))
        return [{"features": [float(len(each["picture"]))]} for each in instances]

    monkeypatch.setattr(type(vertex), "computed", lambda _, model, asked: counted(model, asked))
    with Clients(settings) as clients:
        model = _uploaded(clients, vertex, time_, tmp_path)
        endpoints = Endpoints(clients, ledger, time_.patience())
        endpoints.deploy(model, machine="e2-standard-2", hours=1.0)
        predictor = Predictor(clients, ledger, time_.patience())
        vertex.faults["Predict"] = [503, 429, "lost"]
        asked = [{"picture": "x" * (400_000 + each)} for each in range(7)]
        given = predictor.predict("tiny_net", asked)
        assert [each["features"] for each in given] == [[400_000.0 + each] for each in range(7)]
        assert told[-3:] == [3, 3, 1]
        assert max(vertex.asked) <= MOST
        with pytest.raises(LimitExceeded, match="more than the"):
            predictor.predict("tiny_net", _instances(1, MOST))
        with pytest.raises(Conflict, match="another version"):
            predictor.predict("tiny_net", _instances(1), files=mark_of({"model.xml": "0"}))
        with pytest.raises(NotFound, match="not deployed"):
            predictor.predict("nothing", _instances(1))
        before = vertex.count("Predict")
        vertex.faults["Predict"] = [503] * 50
        with pytest.raises(Unavailable, match="503"):
            predictor.predict("tiny_net", _instances(1))
        assert vertex.count("Predict") < before + 20


def test_silence_is_given_up(settings: Settings, time_: Time, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        silent = evolve(settings, endpoint=f"http://127.0.0.1:{hole.getsockname()[1]}")
        patience = evolve(time_.patience(timeout_s=0.3), patience_s=0.0)
        with Clients(silent) as clients, pytest.raises(NoAnswer):
            Predictor(clients, Ledger(tmp_path), patience).predict("tiny_net", _instances(1))


def test_what_is_there_for_too_long_is_taken_down_and_not_asked(
    vertex: FakeVertex, rest: Settings, time_: Time, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "ledger")
    with Clients(rest) as clients:
        model = _uploaded(clients, vertex, time_, tmp_path)
        endpoints = Endpoints(clients, ledger, time_.patience())
        made = endpoints.deploy(model, machine="e2-standard-2", hours=1.0)
        assert endpoints.end_late() == ()
        assert made.run is not None
        with ledger.locked():
            ledger.keep(evolve(made.run, made=made.run.made - timedelta(hours=3)))
        assert ledger.spent() > 0.2  # what it has cost, not what was allowed
        with pytest.raises(LimitExceeded, match="taken down"):
            Predictor(clients, ledger, time_.patience()).predict("tiny_net", _instances(1))
        assert vertex.endpoints == {}
        poor = evolve(rest, most_money=0.1)
    with Clients(poor) as clients, pytest.raises(LimitExceeded, match="the limit is"):
        Predictor(clients, ledger, time_.patience()).predict("tiny_net", _instances(1))
    assert vertex.count("Predict") == 0
