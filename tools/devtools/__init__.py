"""The parts of ``tools/dev.py``.

Standard library only: these modules run before the environment exists.
"""
