"""Vertex AI on this machine, settings that lead there, and a clock that pauses move."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from lessons_data import Time

from audobon.cloud.settings import Settings


@pytest.fixture
def time_() -> Time:
    return Time()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session")
def _google() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Google's modules, at their first import
        import fakevertex  # noqa: F401
    gc.freeze()  # half a million objects, which every collection would go through


@pytest.fixture
def vertex(tmp_path: Path, site: Path, _google: None) -> Iterator[object]:
    from fakevertex import fake_vertex

    folder = tmp_path / "service"
    folder.mkdir()
    with fake_vertex(folder, site) as made:
        yield made
    gc.collect()  # a connection that was left open is told of here, not in a later test


def _settings(vertex: object, transport: str) -> Settings:
    return Settings(
        project="studio-art",
        region="europe-west4",
        place="gs://studio/audobon",
        transport=transport,
        endpoint=getattr(vertex, transport),
        most_hours=2.0,
    )


@pytest.fixture(params=["rest", "grpc"])
def settings(request: pytest.FixtureRequest, vertex: object) -> Settings:
    """Settings for both transports in turn."""
    return _settings(vertex, request.param)


@pytest.fixture
def rest(vertex: object) -> Settings:
    """Settings for what has nothing to do with the transport."""
    return _settings(vertex, "rest")
