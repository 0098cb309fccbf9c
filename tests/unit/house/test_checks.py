"""Every check of tools/checks passes a sound tree and catches what it is there for."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

SOUND = {
    "pyproject.toml": (
        '[project]\nname = "audobon"\nlicense = "Apache-2.0"\ndependencies = ["attrs>=23"]\n'
        '[project.optional-dependencies]\ndev = ["audobon[images]", "pytest>=8"]\n'
        'images = ["Pillow>=10"]\n'
    ),
    "requirements/core.txt": "attrs==23.2 \\\n    --hash=sha256:00\n",
    "requirements/dev.txt": (
        "attrs==23.2 \\\n    --hash=sha256:00\npillow==10.3 \\\n    --hash=sha256:00\n"
        "pytest==8.3 \\\n    --hash=sha256:00\n"
    ),
    "LICENSE": "Apache License\nVersion 2.0\n",
    "addons/LICENSE": "GNU GENERAL PUBLIC LICENSE\n",
    "addons/blender/x/host/a.py": "# SPDX-License-Identifier: GPL-3.0-or-later\nimport bpy\n",
    ".importlinter": "# What this is.\n[importlinter]\nroot_packages = audobon\n",
    "tools/checks/long_files.toml": "",
    "sdk/audobon/__init__.py": '"""The package."""\n\n__all__ = ["Library"]\n',
    "sdk/audobon/errors.py": (
        '"""Errors."""\n\n__all__ = ["Busy"]\n\nclass Busy(Exception):\n'
        '    """Held."""\n\n    code = 31\n    slug = "busy"\n'
    ),
    "sdk/audobon/system/folders.py": '"""Folders."""\nimport os\nHOME = os.environ.get("HOME")\n',
    "sdk/audobon/cli/out.py": '"""Output."""\nprint("here")\n',
    "sdk/audobon/cli/root.py": (
        '"""Verbs."""\nimport click\n\n@click.group()\ndef cli() -> None:\n    pass\n\n'
        "@cli.command()\n@click.option('--tag', '-t')\ndef add(tag: str) -> None:\n    pass\n"
    ),
    "docs/cli.md": "# CLI\n\n## `audobon add`\n\n`--tag` tags.\n",
    "sdk/audobon/services/tag.py": '"""Tags."""\nSQL = "CREATE TABLE tag (id INTEGER)"\n',
    "docs/python.md": "# Python\n\n`Library` opens a library; see [errors](errors.md#31-busy).\n",
    "docs/errors.md": (
        '# Errors\n\n## 31 busy\n<a id="31"></a>\n\n`Busy`. **Cause.** Held.'
        " **What to do.** Wait.\n"
    ),
    "docs/glossary.md": "# Words\n\n## asset\n\nOne.\n\nNot: item, resource.\n\n## tag\n\nX.\n",
    "docs/changelog.d/first.added.md": "Libraries can be opened.\n",
    "docs/changelog.d/README.md": "# Fragments\n",
    "README.md": "# Audobon\n\n```python\n# tested\nx = 1\n```\n",
}

# Check, file that is changed, its new text (None: removed; a leading + adds), the complaint.
CASES: list[tuple[str, str, str | None, str]] = [
    ("sizes", "sdk/audobon/long.py", '"""L."""\n' + "#\n" * 400, "long.py: 401 lines"),
    ("sizes", "tools/checks/long_files.toml", '"gone.py" = "x"', "gone.py is not over"),
    ("doors", "sdk/audobon/services/a.py", "def f():\n    import bpy\n", "a.py:2: imports the h"),
    ("doors", "sdk/audobon/cli/b.py", "from PyQt5.QtCore import QObject\n", "b.py:1: imports"),
    ("doors", "addons/krita/x/logic/c.py", "import krita\n", "c.py:1: imports the host: krita"),
    (
        "addons",
        "addons/krita/x/ui/c.py",
        "def f():\n    import krita\n",
        "c.py:2: imports the host",
    ),
    ("addons", "addons/x/host/d.py", "from audobon import Library\n", "d.py:1: uses the SDK"),
    ("addons", "addons/x/logic/e.py", "X = 1\nprint(X)\n", "e.py:2: does something at import"),
    ("doors", "sdk/audobon/services/d.py", "print(1)\n", "d.py:1: prints"),
    ("doors", "sdk/audobon/storage/h.py", "import apsw\napsw.Connection('x')\n", "h.py:2: makes"),
    ("doors", "sdk/audobon/storage/i.py", "from apsw import Connection\n", "i.py:1: makes a"),
    ("doors", "sdk/audobon/work/e.py", "import os\nos.environ\n", "e.py:2: reads the env"),
    ("doors", "sdk/audobon/work/f.py", "from os import getenv\n", "f.py:1: reads the env"),
    ("public", "sdk/audobon/model/g.py", "X = 1\n", "g.py:1: the module does not say"),
    (
        "public",
        "sdk/audobon/model/h.py",
        '"""H."""\n__all__ = ["F"]\n\nclass F:\n' + "    x = 1\n" * 6,
        "h.py:4: F is public and has no docstring",
    ),
    ("public", "docs/python.md", "# Python\n\nThe Library.\n", "audobon.Library is public"),
    ("verbs", "docs/cli.md", "# CLI\n", "no heading `audobon add`"),
    ("verbs", "docs/cli.md", "# CLI\n\n## audobon add\n", "does not tell of --tag"),
    ("verbs", "sdk/audobon/cli/root.py", "import gone\n", "the command line cannot be imp"),
    ("verbs", "docs/cli.md", "+\n# CLI\n\n## audobon fly\n", "`audobon fly` does not exist"),
    ("errors_page", "docs/errors.md", "# Errors\n", "no section '## 31 busy'"),
    ("errors_page", "docs/errors.md", "+\n## 99 gone\n", "no error is called '99 gone'"),
    ("errors_page", "docs/errors.md", "## 31 busy\n\n`Busy` **Cause.**\n", "lacks **What to do"),
    (
        "errors_page",
        "sdk/audobon/errors.py",
        '+\nclass Again(Exception):\n    code = 31\n    slug = "busy"\n',
        "code 31 is used twice",
    ),
    ("glossary", "sdk/audobon/model/i.py", '"""I."""\n__all__ = ["find_items"]\n', "says item;"),
    (
        "glossary",
        "sdk/audobon/services/tag.py",
        '"""."""\nS = "CREATE TABLE item (i)"',
        "says item",
    ),
    ("glossary", "docs/cli.md", "# CLI\n\n## `audobon item`\n", "'item' says item"),
    ("glossary", "docs/glossary.md", "# W\n\n## tag\n\n## asset\n", "not in alphabetical order"),
    ("glossary", "docs/glossary.md", "# W\n\n## asset\n\nNot: tag\n\n## tag\n", "both an entry"),
    ("changelog", "docs/changelog.d/first.added.md", None, "no fragment"),
    ("changelog", "docs/changelog.d/second.md", "Text.\n", "second.md: the name must be"),
    ("changelog", "docs/changelog.d/third.new.md", "Text.\n", "third.new.md: the name must"),
    ("changelog", "docs/changelog.d/fourth.fixed.md", "\n", "fourth.fixed.md: is empty"),
    ("changelog", "docs/changelog.d/fifth.fixed.md", "- x.\n", "fifth.fixed.md:1: must be plain"),
    ("links", "README.md", "+\nSee [it](docs/gone.md).\n", "docs/gone.md leads nowhere"),
    ("links", "README.md", "+\n[e](docs/errors.md#32-x)\n", "the page has no such heading"),
    ("snippets", "README.md", "+\n```python\nx ==== 1\n```\n", "README.md:9: not Python"),
    ("snippets", "README.md", "+\n```python\n# tested\n1 / 0\n```\n", "ZeroDivisionError"),
    ("licences", "addons/blender/x/host/a.py", "import bpy\n", "a.py:1: must say"),
    ("licences", "sdk/audobon/j.py", "# SPDX-License-Identifier: GPL-2.0\n", "j.py:1: a file of"),
    ("licences", "LICENSE", "MIT\n", "LICENSE: must be the text"),
    ("licences", "pyproject.toml", '[project]\nlicense = "MIT"\n', "licence must be Apache"),
    ("locks", "requirements/core.txt", "+--index-url https" + "://example.org\n", "3: names a reg"),
    ("locks", "requirements/core.txt", "attrs==23.2\n", "attrs has no hash"),
    ("locks", "requirements/dev.txt", "attrs==1 \\\n --hash=sha256:00\n", "pillow is not locked"),
    ("contracts", ".importlinter", "+\n[importlinter:contract:x]\n", "has no reason"),
]


def _write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in SOUND.items():
        _write(tmp_path, name, text)
    return tmp_path


def _names() -> list[str]:
    main = importlib.import_module("checks.__main__")
    return sorted(module.__name__.removeprefix("checks.") for module in main.CHECKS)


def _run(name: str, root: Path) -> list[str]:
    found: list[str] = importlib.import_module(f"checks.{name}").check(root)
    return found


@pytest.mark.parametrize("name", _names())
def test_a_sound_tree_passes(name: str, tree: Path) -> None:
    assert _run(name, tree) == []


@pytest.mark.parametrize(("name", "path", "text", "complaint"), CASES)
def test_a_violation_is_caught(
    name: str, path: str, text: str | None, complaint: str, tree: Path
) -> None:
    if text is None:
        (tree / path).unlink()
    elif text.startswith("+"):
        _write(tree, path, (tree / path).read_text("utf-8") + text[1:])
    else:
        _write(tree, path, text)
    assert re.search(re.escape(complaint), "\n".join(_run(name, tree)))


def test_every_check_is_broken_once() -> None:
    assert sorted({name for name, *_ in CASES}) == _names()


def test_modules_of_tests_have_names_of_their_own() -> None:
    # All folders of tests are on one path, so of two modules of one name the second is the first.
    tests = Path(__file__).resolve().parents[2]
    packages = {each.parent for each in tests.rglob("__init__.py")}
    names = [
        path.name
        for path in tests.rglob("*.py")
        if path.parent not in packages and path.name != "conftest.py"
    ]
    assert [name for name, count in Counter(names).items() if count > 1] == []
