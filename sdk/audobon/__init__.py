"""Audobon: a local-first asset system for artists."""
