"""Google's own command line reads what Audobon has made: a second client, where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lessons_data import Time, plain_lesson
from tinynet import tiny

from audobon.cloud.begun import LABEL
from audobon.cloud.clients import Clients
from audobon.cloud.endpoints import Endpoints
from audobon.cloud.ledger import Ledger
from audobon.cloud.settings import Settings
from audobon.cloud.uploads import Registry
from audobon.cloud.vertex import TrainingJobs
from audobon.services.pipelines.away import FILES

if TYPE_CHECKING:
    from fakevertex import FakeVertex

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]


@pytest.mark.skipif(not shutil.which("gcloud"), reason="gcloud is not installed")
def test_gcloud_lists_models_endpoints_and_jobs(
    vertex: FakeVertex, rest: Settings, time_: Time, tmp_path: Path
) -> None:
    item = tiny(tmp_path / "data")
    files = {name: item.folder / name for name in FILES}
    with Clients(rest) as clients:
        registry = Registry(clients, vertex.store, time_.patience())
        model = registry.upload("tiny_net", "1.0.0", files, image="x/y/z:1", aliases=["best"])
        endpoints = Endpoints(clients, Ledger(tmp_path / "ledger"), time_.patience())
        made = endpoints.deploy(model, machine="e2-standard-2", hours=1.0)
        jobs = TrainingJobs(clients, vertex.store, time_.patience())
        job = jobs.begin("00000000-0000-4000-8000-000000000001", plain_lesson(), hours=1.0)

    def listed(kind: str) -> list[Any]:
        words = ["ai", kind, "list", f"--region={rest.region}", f"--project={rest.project}"]
        done = subprocess.run(
            ["gcloud", *words, "--format=json", "--quiet"],
            env={
                **os.environ,
                "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"),
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM": f"{rest.endpoint}/",
                "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
                "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
                "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: list[Any] = json.loads(done.stdout)
        return found

    (one,) = listed("models")
    assert one["name"] == model.resource
    assert {"default", "best", "v1-0-0"} < set(one["versionAliases"])
    (one,) = listed("endpoints")
    assert one["name"] == made.name
    assert one["deployedModels"][0]["model"] == model.resource
    (one,) = listed("custom-jobs")
    assert (one["name"], one["labels"][LABEL]) == (job.name, job.run)
