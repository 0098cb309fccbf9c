"""What deployed networks answer: guarded by what may be spent, within the service's limits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from audobon.cloud.calling import Patience, call
from audobon.cloud.clients import Clients
from audobon.cloud.endpoints import MARKED, Endpoint, Endpoints
from audobon.cloud.ledger import Ledger
from audobon.errors import Conflict, Corrupt, LimitExceeded, Unavailable

__all__ = ["MOST", "PATIENCE", "Predictor"]

MOST = 1_500_000
"""Bytes of a request, the service's own limit."""
_ROOM = 2_000  # of these for what is around the instances
_LOOKED_S = 60.0  # what is allowed is looked at again after this time
PATIENCE = Patience(timeout_s=20.0, patience_s=30.0)
"""Shorter than for jobs: this machine can compute it as well."""


class Predictor:
    """Asks the endpoints of one project."""

    def __init__(self, clients: Clients, ledger: Ledger, patience: Patience = PATIENCE) -> None:
        self._clients, self._ledger, self._patience = clients, ledger, patience
        self._allowed: dict[str, tuple[float, Endpoint]] = {}

    def predict(self, component: str, instances: Sequence[Any], *, files: str = "") -> list[Any]:
        """The predictions for instances, in their order; in several requests where they are large.

        ``files`` is the mark of the network that is meant. Before anything is sent:
        LimitExceeded where an instance is too large, or more is spent than may be, or the
        endpoint is there for longer than it may, and then it is taken down; NotFound where
        nothing answers, Conflict where another version does. Corrupt for an answer that is none.
        """
        batches = list(_batches(instances))
        endpoint = self._looked(component)
        if files and endpoint.files != files[:MARKED]:
            raise Conflict(
                f"another version of {component} is deployed in Vertex AI than is installed here",
                subject=component,
                hint=f"'audobon vertex upload {component}', undeploy and deploy bring this one",
            )
        return [each for batch in batches for each in self._asked(endpoint, batch)]

    def _looked(self, component: str) -> Endpoint:
        now = self._patience.clock()
        at, endpoint = self._allowed.get(component, (0.0, None))
        if endpoint is None or now - at > _LOOKED_S:
            endpoint = self._guarded(component)
            self._allowed[component] = (now, endpoint)
        return endpoint

    def _guarded(self, component: str) -> Endpoint:
        endpoints, settings = Endpoints(self._clients, self._ledger, self._patience), self._settings
        late = [run.what for run in self._ledger.all() if run.late(datetime.now(UTC))]
        if late:
            endpoints.end_late()
            raise LimitExceeded(
                f"{', '.join(late)} was deployed for longer than it may be, and is taken down",
                hint="'audobon vertex deploy' with --hours has it answer again",
            )
        spent = self._ledger.spent()
        if spent > settings.most_money:
            raise LimitExceeded(
                f"{spent:.2f} {settings.currency} are spent or set aside; the limit is "
                f"{settings.most_money:.2f}",
                hint="'audobon vertex setup --most-money' moves the limit",
            )
        endpoint = endpoints.get(component)
        if not endpoint.deployed:
            raise Unavailable(f"the endpoint for {component} does not answer yet")
        return endpoint

    @property
    def _settings(self) -> Any:
        return self._clients.settings

    def _asked(self, endpoint: Endpoint, batch: Sequence[Any]) -> list[Any]:
        from google.protobuf import json_format, struct_pb2

        values = [json_format.ParseDict(each, struct_pb2.Value()) for each in batch]
        told = call(
            lambda limit: self._clients.prediction.predict(
                endpoint=endpoint.name, instances=values, timeout=limit, retry=None
            ),
            f"asking {endpoint.component}",
            self._patience,
        )
        predictions = [json_format.MessageToDict(each) for each in told._pb.predictions]
        if len(predictions) != len(batch):
            raise Corrupt(
                f"{endpoint.component} gives {len(predictions)} answers to {len(batch)} questions"
            )
        return predictions


def _batches(instances: Sequence[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    room = MOST - _ROOM
    for each in instances:
        size = len(json.dumps(each)) + 2
        if size > MOST - _ROOM:
            raise LimitExceeded(
                f"a question of {size:,} bytes is more than the {MOST:,} that an endpoint takes"
            )
        if size > room:
            yield batch
            batch, room = [], MOST - _ROOM
        batch.append(each)
        room -= size
    if batch:
        yield batch
