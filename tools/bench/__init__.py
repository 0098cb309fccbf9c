"""Measurements of Audobon beside the programs it is compared with.

``python tools/dev.py bench --help`` names the cases; ``docs/benchmarks.md``
holds the last figures and says what each of them means.
"""
