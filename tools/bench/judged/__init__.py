"""A judged library: how ``tests/data/relevance`` was made, and how rankings are scored by it."""
