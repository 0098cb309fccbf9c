"""The commands of ``tools/dev.py``. Each makes the environment first, if it is not there."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from devtools import (
    addons,
    bigquery,
    blenders,
    env,
    fuzzing,
    hosts,
    locking,
    nncf,
    pythons,
    wheels,
)
from devtools.again import run_tests
from devtools.shell import ROOT, Failed, call, say

__all__ = ["main"]

_OWN_HELP = ("bench", "quality")
_NO_CUDA = "CUDA is not tested here: --cuda does it, where an NVIDIA card is"
_MARKS = ("hosts", "cloud", "bigquery", "cuda", "nncf")
_NO_BIGQUERY = "not run against local-bigquery: --bigquery does it, with Python 3.13 and 0.9 GB"


def _program(python: Path, name: str) -> list[str | Path]:
    return [python, "-m", name]


def _test(options: argparse.Namespace, rest: list[str]) -> int:
    python = env.ensure_dev()
    if options.hosts:
        hosts.ensure_hosts(install=options.install)
    asked = {}
    if options.hosts or options.blender:
        wanted = options.blender or blenders.DEFAULT
        versions = blenders.KNOWN if "all" in wanted else wanted
        listed_blenders = blenders.ensure_blenders(tuple(versions))
        asked = {"AUDOBON_TEST_BLENDERS": str(listed_blenders)}
    if options.bigquery:
        asked["AUDOBON_TEST_BIGQUERY"] = str(bigquery.ensure_bigquery())
    elif options.cloud:
        say(_NO_BIGQUERY)
    if options.nncf:
        asked["AUDOBON_TEST_NNCF"] = str(nncf.ensure_nncf())
    listed = pythons.ensure_core_pythons()
    leave_out = [name for name in _MARKS if not getattr(options, name)]
    if not options.cuda:
        say(_NO_CUDA)
    chosen = ["-m", " and ".join(f"not {name}" for name in leave_out)] if leave_out else []
    if options.k:
        chosen += ["-k", options.k]
    # loadgroup: tests that share a display or a host's folder stay on one worker.
    # Tests in hosts wait much of their time, for a window or a timer: one worker more than there
    # are processors keeps these busy.
    workers = str((os.cpu_count() or 1) + 1) if options.hosts else "auto"
    spread = ["-n", workers, "--dist", "loadgroup"]
    # A folder of their own for all temporary files, so that nothing is left on this machine: hosts
    # that tests kill leave swap files and saved scenes behind, and a run writes some 17 GB in all.
    temp = tempfile.mkdtemp(prefix="audobon-test-")
    try:
        status = run_tests(
            _program(python, "pytest"),
            [*spread, *chosen, *rest],
            {
                "AUDOBON_TEST_PYTHONS": str(listed),
                **asked,
                **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temp),
            },
            again="CI" in os.environ,
        )
        if status and "CI" not in os.environ:
            say(f"what failed tests wrote is left for you to look at: {temp}")
            temp = ""
    finally:
        if temp:
            shutil.rmtree(temp, ignore_errors=True)
    return status


def _check(_options: argparse.Namespace, _rest: list[str]) -> int:
    python = env.ensure_dev()
    scripts = python.parent
    suffix = ".exe" if sys.platform == "win32" else ""
    folders = ("tools", "tools/stubs", "addons/blender", "addons/krita")
    roots = os.pathsep.join(str(ROOT / one) for one in folders)
    tools = {"MYPYPATH": roots, "PYTHONPATH": str(ROOT / "tools")}
    steps: list[tuple[str, list[str | Path]]] = [
        ("ruff check", [*_program(python, "ruff"), "check", "--quiet", "."]),
        ("ruff format", [*_program(python, "ruff"), "format", "--check", "--quiet", "."]),
        ("mypy sdk", _program(python, "mypy")),
        ("mypy tools", [*_program(python, "mypy"), "-p", "devtools", "-p", "checks"]),
        (
            "mypy addons",
            [*_program(python, "mypy"), "-p", "audobon_blender", "-p", "audobon_krita"],
        ),
        ("import-linter", [scripts / f"lint-imports{suffix}", "--no-cache"]),
        ("own checks", _program(python, "checks")),
    ]
    bad = []
    for name, command in steps:
        say(f"== {name}")
        if call(command, extra=tools):
            bad.append(name)
    say(f"check: failed: {', '.join(bad)}" if bad else "check: all passed")
    return 1 if bad else 0


def _run_tool(path: str, rest: list[str]) -> int:
    script = ROOT / path
    if not script.exists():
        raise Failed(f"{path} does not exist in this checkout")
    return call([env.ensure_dev(), script, *rest], extra={"PYTHONPATH": str(ROOT / "tools")})


def _bench(_options: argparse.Namespace, rest: list[str]) -> int:
    return _run_tool("tools/bench/__main__.py", rest)


def _demo(_options: argparse.Namespace, rest: list[str]) -> int:
    return _run_tool("tools/demo.py", rest)


def _quality(_options: argparse.Namespace, rest: list[str]) -> int:
    return _run_tool("tools/quality/__main__.py", rest)


def _addons(options: argparse.Namespace, _rest: list[str]) -> int:
    env.ensure_dev()
    shutil.rmtree(addons.OUT, ignore_errors=True)
    wanted = options.platform or ["linux-x64"]
    for platform in wheels.PLATFORMS if "all" in wanted else wanted:
        addons.build_extension((platform,))
        addons.build_legacy(platform)
        addons.build_krita(platform)
    addons.build_repository(options.blender_ext)
    return 0


def _lock(_options: argparse.Namespace, _rest: list[str]) -> int:
    locking.write_locks()
    return 0


def _env(_options: argparse.Namespace, _rest: list[str]) -> int:
    say(str(env.ensure_dev()))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools/dev.py", description="Work on Audobon.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run, text in (
        ("demo", _demo, "show what Audobon does on files made for the purpose"),
        ("test", _test, "run the tests; unknown options go to pytest"),
        ("check", _check, "run all linters, type checks and own checks"),
        ("bench", _bench, "measure; options go to the benchmark"),
        ("quality", _quality, "how good results are; options go to it"),
        ("fuzz", fuzzing.fuzz, "feed readers of foreign files with mutations, as many as asked"),
        ("addons", _addons, "build the add-ons"),
        ("lock", _lock, "write requirements/*.txt from pyproject.toml"),
        ("env", _env, "make .venv and print its interpreter"),
    ):
        # Help of the inner program stays reachable: `bench --help` is the benchmark's.
        command = commands.add_parser(name, help=text, add_help=name not in _OWN_HELP)
        command.set_defaults(run=run)
        if name == "addons":
            command.add_argument(
                "--platform",
                action="append",
                choices=["all", *sorted(wheels.PLATFORMS)],
                help="linux-x64 unless said otherwise; every zip can be built on every system",
            )
            command.add_argument(
                "--blender-ext", type=Path, help="Blender's tool that validates extensions"
            )
        if name == "fuzz":
            command.add_argument("--runs", type=int, default=100_000, help="inputs for each target")
        if name == "test":
            command.add_argument("--hosts", action="store_true", help="also in Blender and Krita")
            command.add_argument("--cloud", action="store_true", help="also against emulators")
            command.add_argument(
                "--bigquery", action="store_true", help="also against local-bigquery"
            )
            command.add_argument("--cuda", action="store_true", help="also on an NVIDIA card")
            command.add_argument(
                "--nncf", action="store_true", help="also networks in 8 bits, made by NNCF"
            )
            command.add_argument("--install", action="store_true", help="apt-get what is missing")
            command.add_argument(
                "--blender",
                action="append",
                choices=["all", *sorted(blenders.KNOWN)],
                help="with --hosts: in which Blenders from PyPI the extension is tested, 0.9 GB"
                f" each; {', '.join(blenders.DEFAULT)} unless said otherwise",
            )
            command.add_argument("-k", metavar="EXPRESSION", help="as for pytest")
    return parser


def main() -> int:
    """Run one command; its exit status, with every refusal told in one line."""
    parser = _parser()
    options, rest = parser.parse_known_args()
    if rest and options.command not in ("test", "bench", "demo", "quality", "fuzz"):
        parser.error(f"unknown: {' '.join(rest)}")
    try:
        return int(options.run(options, rest))
    except Failed as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
