"""Names of files in a Python that was started as Krita starts its own: not in UTF-8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ADDON = Path(__file__).resolve().parents[3] / "addons" / "krita"

_SCRIPT = """
import json, os, subprocess, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
before = [sys.getfilesystemencoding(), os.environ["AUDOBON_HOUSE"].isascii()]
from audobon_krita.logic.filenames import speak_utf8
old = os.listdir(sys.argv[2])[0]
said = speak_utf8()
found = os.listdir(sys.argv[2])[0]
name = "\\u00c4rger \\u20ac.txt"
Path(sys.argv[2], name).write_bytes(b"new")
print(json.dumps({
    "before": before, "said": said, "old": Path(sys.argv[2], old).read_text(),
    "found": found, "read": Path(sys.argv[2], name).read_text(),
    "same": os.fsencode(old) == os.fsencode(found) == found.encode(),
    "house": os.environ["AUDOBON_HOUSE"], "again": speak_utf8(),
    "child": subprocess.run(["/bin/cat", str(Path(sys.argv[2], name))], check=True,
                            capture_output=True, env={**os.environ, "B": name}).stdout.decode(),
}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Python always takes UTF-8")
def test_names_of_files_become_utf_8(tmp_path: Path) -> None:
    (tmp_path / "Gemälde.txt").write_text("old")
    names = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PATH": os.defpath}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(ADDON), str(tmp_path)],
        env={**names, "AUDOBON_HOUSE": "Bücher"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["before"] == ["ascii", False]
    assert told["said"] == told["again"] == ""
    assert told["old"] == "old", "what was read before is found afterwards"
    assert (told["found"], told["same"]) == ("Gemälde.txt", True)
    assert told["read"] == told["child"] == "new"
    assert told["house"] == "Bücher"


def test_nothing_is_done_where_names_are_utf_8_already() -> None:
    sys.path.insert(0, str(ADDON))
    try:
        from audobon_krita.logic.filenames import speak_utf8
    finally:
        sys.path.remove(str(ADDON))
    assert sys.getfilesystemencoding() == "utf-8"
    assert speak_utf8() == ""
