"""Metrics of a library in a file of their own: kept for a while, and never in anybody's way."""

from __future__ import annotations

from audobon.storage.metrics.store import MetricStore

__all__ = ["MetricStore"]
