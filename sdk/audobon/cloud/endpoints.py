"""Models that answer: deployed to an endpoint, which costs as long as it is there, asked or not.

One endpoint for each component, called by its name, so that one whose reply was lost is found.
What it may cost is set aside in the ledger before anything is sent. The service ends none by
itself: one that is there longer than it may be is taken down at the next occasion.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import field, frozen

from audobon.cloud.calling import NoAnswer, Patience, call
from audobon.cloud.clients import Clients
from audobon.cloud.ledger import Ledger, Run
from audobon.cloud.operations import wait_for
from audobon.cloud.uploads import UploadedModel, slug
from audobon.errors import AudobonError, Conflict, Invalid, NotFound

__all__ = ["MARKED", "Endpoint", "Endpoints"]

_COMPONENT, _MARK = "audobon-component", "audobon-files"
MARKED = 60
"""Characters of the mark of files that a label holds."""
_DEPLOY_S = 3600.0  # a machine, its container and the network take 10 to 20 minutes


@frozen(slots=True)
class Endpoint:
    """An endpoint. ``files`` marks the files of the network that answers, see ``uploads.mark_of``.

    ``deployed`` is the service's number of it, empty while nothing answers; ``version`` is that of
    the model. ``run`` is the one in the ledger, None where somebody else has deployed it.
    """

    component: str
    name: str
    deployed: str = ""
    version: str = ""
    machine: str = ""
    files: str = ""
    run: Run | None = None


@frozen(slots=True)
class Endpoints:
    """The endpoints of one project, and what this user has set aside for them."""

    clients: Clients
    ledger: Ledger
    patience: Patience = field(factory=Patience)

    def deploy(self, model: UploadedModel, *, machine: str, hours: float) -> Endpoint:
        """Have a version answer on one ``machine`` for up to ``hours``; it returns when it does.

        Safe to call again, whatever became of the last call. LimitExceeded and Invalid before
        anything is sent, Conflict where another version answers.
        """
        component, files = slug(model.name), model.files.rpartition("/")[2]
        note = {"files": files, "version": model.number}
        run = self.ledger.serve(component, machine, hours, self.clients.settings, note)
        if dict(run.note) != note:
            raise Conflict(
                f"another version of {component} answers already",
                subject=component,
                hint=f"'audobon vertex undeploy {component}' takes it down",
            )
        try:
            endpoint = self._made(component, files)
            if endpoint.deployed_models:
                if endpoint.deployed_models[0].id != _number(run):
                    raise Conflict(
                        f"{component} was deployed by somebody else of this project",
                        subject=component,
                    )
            else:
                self._deploy(endpoint.name, model, run)
        except NoAnswer:
            raise  # it may be there: the money stays set aside
        except AudobonError as error:
            with self.ledger.locked():
                self.ledger.keep(run.ended("failed", 0.0, error.message))
            raise
        return self.get(component)

    def undeploy(self, component: str) -> Run | None:
        """Take down what answers for a component, and its endpoint; the run that has ended.

        None where nobody here has deployed it. NotFound where there is neither.
        """
        run, name = self.ledger.serving(slug(component)), self._name(component)
        try:
            endpoint = self._endpoint(name)
        except NotFound:
            if run is None:
                raise
        else:
            what = f"taking down {component}"
            for each in endpoint.deployed_models:
                request = {"endpoint": name, "deployed_model_id": each.id}
                with contextlib.suppress(NotFound, Invalid):  # an earlier call was heard
                    self._done("undeploy_model", request, what)
            with contextlib.suppress(NotFound):
                self._done("delete_endpoint", {"name": name}, what)
        if run is None:
            return None
        with self.ledger.locked():
            return self.ledger.keep(run.stopped(datetime.now(UTC)))

    def end_late(self) -> tuple[Run, ...]:
        """Take down what is there longer than it may be; those that were."""
        now = datetime.now(UTC)
        ended = [self.undeploy(run.what) for run in self.ledger.all() if run.late(now)]
        return tuple(run for run in ended if run is not None)

    def list(self) -> tuple[Endpoint, ...]:
        """Every endpoint for a component in the project, by name, and who it is set aside for."""
        request = {"parent": self.clients.settings.parent, "filter": f"labels.{_COMPONENT}:*"}
        listed = call(
            lambda limit: list(
                self.clients.endpoints.list_endpoints(request=request, timeout=limit, retry=None)
            ),
            "listing endpoints",
            self.patience,
        )
        return tuple(sorted(map(self._told, listed), key=lambda each: each.component))

    def get(self, component: str) -> Endpoint:
        """The endpoint for a component. NotFound, with what to do."""
        try:
            return self._told(self._endpoint(self._name(component)))
        except NotFound as error:
            raise NotFound(
                f"{component} is not deployed in Vertex AI",
                subject=component,
                hint=f"'audobon vertex deploy {component}' tells what that costs",
            ) from error

    def _made(self, component: str, files: str) -> Any:
        """The endpoint for a component, made where there is none."""
        name, begun, attempt = self._name(component), self.patience.clock(), 0
        request = {
            "parent": self.clients.settings.parent,
            "endpoint_id": name.rpartition("/")[2],
            "endpoint": {
                "display_name": f"audobon {component}",
                "labels": {_COMPONENT: component, _MARK: files[:MARKED]},
            },
        }
        while True:
            with contextlib.suppress(NotFound):
                return self._endpoint(name)
            try:
                self._done("create_endpoint", request, f"making an endpoint for {component}")
            except (NoAnswer, Conflict):
                attempt += 1
                if self.patience.clock() - begun >= self.patience.patience_s:
                    raise
                self.patience.wait(attempt)

    def _deploy(self, name: str, model: UploadedModel, run: Run) -> None:
        request = {
            "endpoint": name,
            "deployed_model": {
                "id": _number(run),
                "model": f"{model.resource}@{model.number}",
                "display_name": f"audobon {model.name}",
                "dedicated_resources": {
                    "machine_spec": {"machine_type": run.machine},
                    "min_replica_count": 1,
                    "max_replica_count": 1,
                },
            },
            "traffic_split": {"0": 100},
        }
        what = f"deploying {model.name}"
        begun, attempt, longest = self.patience.clock(), 0, self.patience.patience_s
        while True:
            try:
                self._done("deploy_model", request, what)
            except NoAnswer:
                pass
            except Conflict:  # an earlier call was heard, and is being done
                longest = _DEPLOY_S
            if any(each.id == _number(run) for each in self._endpoint(name).deployed_models):
                return
            if self.patience.clock() - begun >= longest:
                raise NoAnswer(f"{what}: it cannot be told whether it is")
            attempt += 1
            self.patience.wait(attempt)

    def _done(self, method: str, request: Mapping[str, Any], what: str) -> None:
        client = self.clients.endpoints
        operation = call(
            lambda limit: getattr(client, method)(request=request, timeout=limit, retry=None),
            what,
            self.patience,
            again=method.startswith(("undeploy", "delete")),
        )
        wait_for(client, operation.operation.name, what, self.patience, _DEPLOY_S)

    def _endpoint(self, name: str) -> Any:
        return call(
            lambda limit: self.clients.endpoints.get_endpoint(name=name, timeout=limit, retry=None),
            "looking at an endpoint",
            self.patience,
        )

    def _name(self, component: str) -> str:
        return f"{self.clients.settings.parent}/endpoints/audobon-{slug(component)}"

    def _told(self, endpoint: Any) -> Endpoint:
        deployed = endpoint.deployed_models[0] if endpoint.deployed_models else None
        label = endpoint.labels.get(_COMPONENT, "")
        return Endpoint(
            component=label,
            name=endpoint.name,
            deployed=deployed.id if deployed else "",
            version=deployed.model_version_id if deployed else "",
            machine=deployed.dedicated_resources.machine_spec.machine_type if deployed else "",
            files=endpoint.labels.get(_MARK, ""),
            run=self.ledger.serving(label),
        )


def _number(run: Run) -> str:
    """What the service calls what a run has deployed: ten digits, made of the run's name."""
    return str(10**9 + uuid.UUID(run.id).int % (9 * 10**9))
