"""Compare image decoders for previews: CPU per picture, peak memory, behaviour on damaged files.

Run it in an environment that has the candidates::

    python tools/bench/decoders.py speed --json speed.json
    python tools/bench/decoders.py mutate --count 300 --json mutate.json

Every library works in a child process of its own, on one thread. ``speed``
decodes and shrinks each sample so that its longest side is 256 pixels, by the
quickest sound way that the library offers, and gives the median of the CPU
time and the peak of the resident memory above that of the idle child.
``mutate`` does the same with damaged copies of small samples and counts
crashes (the child died of a signal), hangs (over 10 s) and the peak memory.
The samples are synthetic (a fixed seed), so the table can be made anywhere.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZE = 256
TIMEOUT = 10
MEMORY = 3 << 30  # address space of a child: over what an honest sample needs, under a bomb's wish
LIBRARIES = ("Pillow", "OpenImageIO", "pyvips", "OpenCV", "imagecodecs", "resvg-py")


def picture(width: int, height: int) -> Any:
    """Float RGB 0..1, like a photograph to a compressor: smooth shapes and fine grain."""
    import numpy as np

    rng = np.random.default_rng(20261123)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    out = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        value = np.sin(x / (37 + 11 * channel)) + np.cos(y / (23 + 7 * channel))
        out[..., channel] = 0.5 + 0.2 * value + rng.normal(0, 0.02, value.shape)
    return out.clip(0, 1)


def samples(folder: Path, *, large: bool) -> dict[str, Path]:
    """Write one file of every type; OpenImageIO writes what Pillow cannot."""
    import OpenImageIO as oiio  # noqa: N813
    from PIL import Image

    side = 2048 if large else 96
    rgb = picture(side, side)
    eight = (rgb * 255 + 0.5).astype("uint8")
    sixteen = (rgb * 65535 + 0.5).astype("uint16")
    image = Image.fromarray(eight)
    files: dict[str, Path] = {}

    def target(name: str, ext: str) -> str:
        files[name] = folder / f"{name}.{ext}"
        return str(files[name])

    def by_oiio(name: str, ext: str, pixels: Any, kind: str, **extra: str) -> None:
        spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], kind)
        for key, value in extra.items():
            spec.attribute(key, value)
        out = oiio.ImageOutput.create(target(name, ext))
        if not out.open(str(files[name]), spec) or not out.write_image(pixels):
            raise RuntimeError(out.geterror())
        out.close()

    image.save(target("png8", "png"))
    image.crop((0, 0, min(512, side), min(512, side))).save(target("png8-512", "png"))
    by_oiio("png16", "png", sixteen, "uint16")
    big = Image.fromarray((picture(6000, 4000) * 255).astype("uint8")) if large else image
    big.save(target("jpeg-24mp", "jpg"), quality=90)
    image.save(target("webp", "webp"), quality=85)
    image.save(target("tiff8-lzw", "tif"), compression="tiff_lzw")
    by_oiio("tiff16-zip", "tif", sixteen, "uint16", compression="zip")
    image.save(target("tga-rle", "tga"), compression="tga_rle")
    image.save(target("bmp", "bmp"))
    image.quantize(64).save(target("gif", "gif"))
    by_oiio("exr-half-zip", "exr", rgb, "half", compression="zip")
    by_oiio("exr-half-dwaa", "exr", rgb, "half", compression="dwaa:45")
    by_oiio("hdr", "hdr", rgb, "float")
    files["psd"] = folder / "psd.psd"
    files["psd"].write_bytes(psd(eight))
    svg = "".join(
        f'<circle cx="{i * 7 % 256}" cy="{i * 13 % 256}" r="9" fill="#{i * 999 % 4096:03x}"/>'
        for i in range(200)
    )
    files["svg"] = folder / "svg.svg"
    files["svg"].write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 256">{svg}</svg>'
    )
    return files


def psd(pixels: Any) -> bytes:
    """A flat Photoshop file with only the merged picture, uncompressed."""
    height, width, channels = pixels.shape
    head = b"8BPS" + (1).to_bytes(2, "big") + bytes(6) + channels.to_bytes(2, "big")
    head += height.to_bytes(4, "big") + width.to_bytes(4, "big") + b"\0\x08\0\x03"
    planes = b"".join(pixels[..., c].tobytes() for c in range(channels))
    return head + bytes(12) + b"\0\0" + planes


def by_pillow(path: str) -> None:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        if image.format == "JPEG":
            image.draft("RGB", (SIZE * 2, SIZE * 2))
        image.load()
        if image.mode.startswith("I"):
            image = image.convert("I")
        scale = max(image.size) / SIZE
        size = tuple(max(1, round(side / scale)) for side in image.size)
        image.resize(size, Image.Resampling.BOX if image.mode != "P" else 0, reducing_gap=2)


def by_openimageio(path: str) -> None:
    import OpenImageIO as oiio  # noqa: N813

    oiio.attribute("threads", 1)
    source = oiio.ImageInput.open(path)
    if source is None:
        raise ValueError(oiio.geterror())
    spec = source.spec()
    if spec.width * spec.height > 300_000_000:
        raise ValueError("pixels")
    pixels = source.read_image(0, 0, 0, min(4, spec.nchannels), spec.format)
    source.close()
    if pixels is None:
        raise ValueError("decode")
    area_shrink(pixels)


def area_shrink(pixels: Any) -> Any:
    """Whole-number box averages by numpy, as OpenImageIO has no quick resize of its own."""
    import numpy as np

    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    step = max(1, -(-max(pixels.shape[:2]) // SIZE))
    high, wide = (pixels.shape[0] // step) * step, (pixels.shape[1] // step) * step
    part = pixels[:high, :wide]
    channels = part.shape[2]
    rows = np.ascontiguousarray(part).reshape(high // step, step, wide * channels)
    tall = rows.sum(axis=1, dtype=np.float32).reshape(high // step, wide // step, step, channels)
    return tall.sum(axis=2) / (step * step)


def by_pyvips(path: str) -> None:
    import pyvips

    pyvips.cache_set_max(0)  # it would answer the second time from its cache of operations
    image = pyvips.Image.thumbnail(path, SIZE, height=SIZE, size="down")
    image.write_to_memory()


def by_opencv(path: str) -> None:
    os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"
    import cv2

    cv2.setNumThreads(1)
    reduced = path.endswith(".jpg")
    flag = cv2.IMREAD_REDUCED_COLOR_8 if reduced else cv2.IMREAD_UNCHANGED
    pixels = cv2.imread(path, flag)
    if pixels is None:
        raise ValueError("decode")
    scale = SIZE / max(pixels.shape[:2])
    cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def by_imagecodecs(path: str) -> None:
    import imagecodecs

    area_shrink(imagecodecs.imread(path, numthreads=1))


def by_resvg(path: str) -> None:
    import resvg_py

    resvg_py.svg_to_bytes(
        svg_string=Path(path).read_text("utf-8"), width=SIZE, skip_system_fonts=True
    )


DECODERS: dict[str, Callable[[str], None]] = dict(
    zip(
        LIBRARIES,
        (by_pillow, by_openimageio, by_pyvips, by_opencv, by_imagecodecs, by_resvg),
        strict=True,
    )
)


def quiet() -> None:
    """Codec libraries write their complaints on fd 2; the table does not need them."""
    os.environ.update(VIPS_CONCURRENCY="1", VIPS_WARNING="0", OPENCV_LOG_LEVEL="OFF")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def peak_kib() -> int:
    """Peak of the resident memory; ru_maxrss would count that of the parent before exec too."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def idle_kib(library: str) -> int:
    """The peak of a child that has loaded the library (and numpy) and decoded nothing."""
    names = {"Pillow": "PIL.Image", "OpenCV": "cv2", "resvg-py": "resvg_py"}
    importlib.import_module("numpy")
    importlib.import_module(names.get(library, library))
    return peak_kib()


def child_speed(library: str, path: str, repeat: int) -> dict[str, object]:
    decode = DECODERS[library]
    try:
        idle = idle_kib(library)
        decode(path)  # once, so that imports and tables are not counted
    except Exception as exc:  # noqa: BLE001 (every library has errors of its own)
        return {"error": f"{type(exc).__name__}: {exc}"[:100]}
    times = []
    for _ in range(repeat):
        start = time.process_time()
        decode(path)
        times.append(time.process_time() - start)
    return {
        "ms": round(statistics.median(times) * 1000, 2),
        "peak_mib": (peak_kib() - idle) // 1024,
    }


def mutated(data: bytes, index: int) -> bytes:
    """Copy ``index``: bits flipped, bytes set, cut short, or a stretch repeated."""
    rng = random.Random(index)
    out = bytearray(data)
    kind = index % 4
    near = min(len(out), 512)  # headers decide most; half of all damage goes there
    for _ in range(rng.choice((1, 2, 8, 32))):
        at = rng.randrange(near if rng.random() < 0.5 else len(out))
        if kind == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
    if kind == 2:
        del out[rng.randrange(len(out)) :]
    if kind == 3:
        a, b = sorted(rng.randrange(len(out)) for _ in range(2))
        out[b:b] = out[a : min(b, a + 64)]
    return bytes(out)


def child_mutate(library: str, path: str, first: int, count: int) -> None:
    """One line an attempt, so that the parent knows which one the child died of."""
    decode = DECODERS[library]
    decode(path)
    base = peak_kib()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    data = Path(path).read_bytes()
    # The default action of SIGALRM ends the child even inside a C loop.
    damaged = Path(path).with_name(f"damaged-{os.getpid()}{Path(path).suffix}")
    for index in range(first, count):
        damaged.write_bytes(mutated(data, index))
        signal.alarm(TIMEOUT)
        try:
            decode(str(damaged))
            said = "decoded"
        except MemoryError:
            said = "memory"
        except BaseException as exc:  # noqa: BLE001 (panics of pyo3 are BaseExceptions)
            said = "refused" if isinstance(exc, Exception) else "panic"
        signal.alarm(0)
        print(index, said, (peak_kib() - base) // 1024, flush=True)
    damaged.unlink(missing_ok=True)


def attempts(library: str, path: Path, count: int) -> dict[str, int]:
    found = dict.fromkeys(("decoded", "refused", "memory", "panic", "crashed", "hung", "peak"), 0)
    first = 0
    while first < count:
        args = [
            sys.executable,
            __file__,
            "child-mutate",
            library,
            str(path),
            str(first),
            str(count),
        ]
        done = subprocess.run(args, capture_output=True, text=True, check=False)
        lines = [line.split() for line in done.stdout.splitlines()]
        for _index, said, peak in lines:
            found[said] += 1
            found["peak"] = max(found["peak"], int(peak))
        first += len(lines)
        if first < count:
            found["hung" if done.returncode == -signal.SIGALRM else "crashed"] += 1
            first += 1
    return found


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        cpu = names[0].partition(": ")[2] if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def speed(folder: Path, repeat: int) -> dict[str, dict[str, object]]:
    table: dict[str, dict[str, object]] = {}
    for name, path in samples(folder, large=True).items():
        row = table[name] = {}
        for library in LIBRARIES:
            args = [sys.executable, __file__, "child-speed", library, str(path), str(repeat)]
            done = subprocess.run(args, capture_output=True, text=True, check=False)
            row[library] = json.loads(done.stdout) if done.stdout else {"error": "crashed"}
        cells = (f"{lib} {cell(row[lib])}" for lib in LIBRARIES)
        print(f"{name:14}", " | ".join(cells), flush=True)
    return table


def cell(value: Any) -> str:
    return "-" if "error" in value else f"{value['ms']:.1f} ms {value['peak_mib']} MiB"


def mutate(folder: Path, count: int) -> dict[str, dict[str, object]]:
    table: dict[str, dict[str, object]] = {}
    for name, path in samples(folder, large=False).items():
        if name == "png8-512":
            continue
        row = table[name] = {}
        for library in LIBRARIES:
            args = [sys.executable, __file__, "child-speed", library, str(path), "1"]
            done = subprocess.run(args, capture_output=True, text=True, check=False)
            if done.stdout and "error" not in json.loads(done.stdout):
                row[library] = found = attempts(library, path, count)
                print(f"{name:14} {library:12}", found, flush=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("speed", "mutate", "child-speed", "child-mutate"))
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    if options.what == "child-speed":
        quiet()
        print(json.dumps(child_speed(options.rest[0], options.rest[1], int(options.rest[2]))))
        return
    if options.what == "child-mutate":
        quiet()
        library, path, first, count = options.rest
        child_mutate(library, path, int(first), int(count))
        return
    print(machine(), time.strftime("%Y-%m-%d"))
    with tempfile.TemporaryDirectory() as folder:
        if options.what == "speed":
            table = speed(Path(folder), options.repeat)
        else:
            table = mutate(Path(folder), options.count)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "table": table}, indent=1))


if __name__ == "__main__":
    main()
