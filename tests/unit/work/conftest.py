"""Executors over the tasks beside this file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from worksupport import FOLDER, TASKS

from audobon.work.executor import Executor


@pytest.fixture(scope="module")
def shared() -> Iterator[Executor]:
    """One executor for the tests of a file; it starts again after each death."""
    with Executor(TASKS, folders=[FOLDER]) as executor:
        yield executor


@pytest.fixture
def executor() -> Iterator[Executor]:
    with Executor(TASKS, folders=[FOLDER]) as executor:
        yield executor
