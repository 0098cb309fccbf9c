"""``python -m bench.judged`` in ``tools`` writes the judged library anew, the same as before."""

from __future__ import annotations

from bench.judged.stored import write

if __name__ == "__main__":
    write()
