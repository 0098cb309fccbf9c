"""The harness itself: what goes wrong inside a host is told outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.hosts


@pytest.mark.parametrize("host", ["blender", "krita"])
def test_an_error_inside_the_host_fails_the_test(
    host: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    run: Callable[[Path], Any] = request.getfixturevalue(host)
    script = tmp_path / "broken.py"
    script.write_text("def main():\n    raise ValueError('told from inside')\n", "utf-8")
    with pytest.raises(pytest.fail.Exception, match="told from inside"):
        run(script)
