"""Pipelines over assets: asked, run, kept, delivered, and found by their vectors."""
