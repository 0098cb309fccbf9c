"""One target under atheris: ``campaign.py TARGET RUNS FOLDER``; what breaks it lies in the folder.

Runs in an environment of its own (``tools/dev.py fuzz`` makes it), in a process for each target.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import warnings
from pathlib import Path

import atheris

_MEMORY_MB = 1024
_SECONDS = 20
_LONGEST = 1 << 16


def main() -> None:
    name, runs, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    warnings.simplefilter("ignore")
    with atheris.instrument_imports(include=["audobon"], enable_loader_override=False):
        import fuzz_targets

        for room in fuzz_targets.TARGETS[name].modules:
            module = importlib.import_module(room)
            for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
                if found.name != "render":
                    importlib.import_module(f"{room}.{found.name}")
    corpus, seeds = folder / "corpus", folder / "seeds"
    for place in (corpus, seeds):
        place.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(fuzz_targets.seeds_of(name)):
        (seeds / f"{number:03}").write_bytes(seed)
    arguments = [sys.argv[0], str(corpus), str(seeds), f"-runs={runs}", "-print_final_stats=1"]
    arguments += [f"-rss_limit_mb={_MEMORY_MB}", f"-timeout={_SECONDS}", f"-max_len={_LONGEST}"]
    arguments += [f"-artifact_prefix={folder}/", "-verbosity=1"]
    atheris.Setup(arguments, fuzz_targets.TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
