"""A larger backbone takes the place of the default one, and is fed at its own size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import audobon
from audobon.models.assemble import assemble
from audobon.models.registry import Models
from audobon.system.locks import FileLock


def test_the_larger_network_sees_the_same_things(
    lib: audobon.Library, tmp_path: Path, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(pipeline: str, name: str, **params: object) -> Any:
        job = lib.run(pipeline, name, **params)
        lib.work()
        return job.result()["results"][0]["values"]

    small = run("tags", "flower.jpg", threshold=0.0)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    models = Models(downloads=packages)
    with FileLock(packages / ".tests.lock", timeout_s=600):
        for name in ("efficientnet-lite2", "imagenet-names"):
            models.install(name)
    made = assemble(models, "embed", {"backbone": "efficientnet-lite2"})
    assert [step.component.name for step in made.steps][:2] == ["square-260", "efficientnet-lite2"]
    large = run("tags", "flower.jpg", threshold=0.0, backbone="efficientnet-lite2")
    print(small, large)
    assert {each["tag"] for each in small} & {each["tag"] for each in large}
    temple = run("tags", "china.jpg", threshold=0.0, backbone="efficientnet-lite2")
    assert temple[0]["tag"] in ("palace", "stupa", "monastery", "bell cote", "triumphal arch")
    flower, part, china = (
        np.array(run("embed", name, backbone="efficientnet-lite2"))
        for name in ("flower.jpg", "small.png", "china.jpg")
    )
    assert len(flower) == 1280
    assert flower @ part > flower @ china + 0.1
