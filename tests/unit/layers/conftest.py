"""Paintings of a few layers, merged without a library."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("layer_support")
