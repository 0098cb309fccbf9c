"""A Python is tried before it is trusted, and no host is mistaken for one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from worksupport import FOLDER, TASKS

from audobon.errors import Invalid, Unavailable
from audobon.system.folders import cache_folder, data_folder
from audobon.work import interpreter
from audobon.work.executor import Executor
from audobon.work.interpreter import (
    find_interpreter,
    register_environment,
    registered_environment,
    registration_file,
    take_own,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: tmp_path / "home"))
    monkeypatch.setattr(interpreter, "_found", {})


def _program(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_own_python_is_found():
    found = find_interpreter()
    assert (found.path, found.source) == (sys.executable, "host")
    assert found.version == sys.version_info[:3]
    assert find_interpreter() is found


@linux
def test_host_is_never_started_as_a_python(monkeypatch, tmp_path):
    ran = tmp_path / "ran"
    krita = _program(tmp_path / "krita", f"#!/bin/sh\ntouch {ran}\n")
    monkeypatch.setattr(sys, "executable", krita)
    found = find_interpreter()
    assert found.path != krita
    assert not ran.exists()
    with Executor(TASKS, folders=[FOLDER]) as executor:
        assert executor.run("echo", {"n": 1}) == {"n": 1}


@linux
def test_bare_python_of_the_host_gets_the_hosts_folders(monkeypatch):
    # A host embeds Python: its program is no Python, and its prefix knows none of our libraries.
    monkeypatch.setattr(sys, "executable", "/usr/bin/host")
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(sys, "exec_prefix", sys.base_exec_prefix)
    found = find_interpreter()
    assert os.path.dirname(found.path) == os.path.join(sys.base_prefix, "bin")
    assert found.folders
    with Executor(TASKS, folders=[FOLDER]) as executor:
        told = executor.run("environment", {})
    # The host's folders come after its own, so that nothing of its own is hidden.
    assert told["path"][0] == FOLDER
    assert told["path"].index(os.path.dirname(os.__file__)) < told["path"].index(
        next(folder for folder in found.folders if folder.endswith("site-packages"))
    )


@linux
def test_python_that_belongs_to_somebody_else_comes_last(monkeypatch, tmp_path):
    # What Debian's Blender says of itself: the first python on PATH.
    stranger = _program(tmp_path / "python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    own = find_interpreter().path
    interpreter._found.clear()
    monkeypatch.setattr(sys, "executable", stranger)
    assert os.path.dirname(find_interpreter().path) == os.path.dirname(own)
    interpreter._found.clear()
    for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix"):
        monkeypatch.setattr(sys, name, "/nowhere")
    assert find_interpreter().path == stranger


@linux
def test_setting_that_does_not_work_is_refused(tmp_path):
    with pytest.raises(Invalid, match="No such file"):
        find_interpreter(tmp_path / "no")
    failing = _program(tmp_path / "python", "#!/bin/sh\necho it is broken >&2\nexit 1\n")
    with pytest.raises(Invalid, match="it is broken"):
        find_interpreter(failing)
    silent = _program(tmp_path / "python3", "#!/bin/sh\nexit 0\n")
    with pytest.raises(Invalid, match="status 0"):
        find_interpreter(silent)


@linux
def test_setting_comes_first():
    assert find_interpreter(sys.executable).source == "setting"


@linux
def test_old_python_is_refused(tmp_path):
    text = f"#!/bin/sh\nexec {sys.executable} -c '{_AGED}' \"$@\"\n"
    with pytest.raises(Invalid, match=r"Python 3\.11 or newer is needed, this is 3\.8\.1"):
        find_interpreter(_program(tmp_path / "python", text))


# What an old Python makes of the command line it is given: the code after "-c".
_AGED = """
import sys
arguments = sys.argv
sys.version_info, sys.version = (3, 8, 1), "3.8.1 (old)"
at = arguments.index("-c", 1)
sys.argv = arguments[at + 1:]
exec(arguments[at + 1])
"""


@linux
def test_registered_environment_comes_before_the_host():
    assert registered_environment() is None
    written = register_environment()
    assert written == registration_file()
    assert written.is_relative_to(data_folder())
    assert registered_environment() == sys.executable
    assert find_interpreter().source == "registered"


@linux
def test_registration_that_no_longer_works_is_passed_over(tmp_path):
    registration_file().parent.mkdir(parents=True)
    for content in (b"not json", b"[]", b'{"python": "relative"}', b'{"python": "/no/python"}'):
        registration_file().write_bytes(content)
        assert find_interpreter().source == "host"
        interpreter._found.clear()


@linux
def test_broken_environment_is_not_registered(tmp_path):
    with pytest.raises(Unavailable, match="cannot run workers"):
        register_environment(_program(tmp_path / "python", "#!/bin/sh\nexit 1\n"))
    assert not registration_file().exists()


@linux
def test_without_any_python_the_reasons_are_told(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/usr/bin/host")
    for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix"):
        monkeypatch.setattr(sys, name, "/nowhere")
    with pytest.raises(Unavailable, match="no candidate exists") as caught:
        find_interpreter()
    assert "pip install" in caught.value.hint


@linux
def test_registration_names_the_version():
    told = json.loads(register_environment().read_text())
    assert told["version"] == list(sys.version_info[:3])


@linux
def test_folders_follow_the_platform(monkeypatch, tmp_path):
    assert data_folder() == tmp_path / "data" / "audobon"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert data_folder() == tmp_path / "home" / ".local" / "share" / "audobon"
    assert cache_folder() == tmp_path / "home" / ".cache" / "audobon"


def test_process_that_was_chosen_already_takes_its_own_python_without_a_trial(monkeypatch):
    for name in ("registered_environment", "_try"):  # neither is asked
        monkeypatch.delattr(interpreter, name)
    take_own()
    found = find_interpreter()
    assert (found.path, found.source) == (sys.executable, "own")
    with Executor(TASKS, folders=[FOLDER]) as executor:
        assert executor.run("environment", {})["executable"] == sys.executable
