"""Rules of this project that no ready-made linter knows.

Each module has ``check(root) -> list[str]``: one line per violation, with file
and line, empty when all is well. ``python -m checks`` runs all of them on this
checkout and shows everything at once. tests/unit/house/test_checks.py breaks
each rule once.
"""
