"""What a process is given through the pipe that is its standard input, before anything else."""

from __future__ import annotations

import os

import pytest

from audobon.errors import Unavailable
from audobon.work.background import take_given
from audobon.work.messages import encode


def test_what_follows_is_left_in_the_pipe() -> None:
    reading, writing = os.pipe()
    try:
        os.write(writing, encode({"a": "b" * 3000}) + b"t")
        assert take_given(reading) == {"a": "b" * 3000}
        assert os.read(reading, 9) == b"t"
    finally:
        os.close(reading)
        os.close(writing)


def test_a_starter_that_is_gone_before_is_told() -> None:
    reading, writing = os.pipe()
    try:
        os.write(writing, encode({"a": 1})[:4])
        os.close(writing)
        with pytest.raises(Unavailable, match="gone before it gave the keys"):
            take_given(reading)
    finally:
        os.close(reading)
