"""Formats by their first bytes."""

from __future__ import annotations

import re
import zlib

from audobon.errors import MissingExtra

__all__ = ["sniff"]

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"BLENDER", "blend"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"8BPS\0\x01", "psd"),
    (b"8BPS\0\x02", "psb"),
    (b"\x76\x2f\x31\x01", "exr"),
    (b"#?RADIANCE", "hdr"),
    (b"#?RGBE", "hdr"),
    (b"DDS \x7c\0\0\0", "dds"),
    (b"gimp xcf ", "xcf"),
    (b"glTF", "glb"),
    (b"Kaydara FBX Binary  \0", "fbx"),
    (b"; FBX ", "fbx"),
    (b"ply\n", "ply"),
    (b"ply\r", "ply"),
    (b"Ogawa", "abc"),
    (b"#usda 1.", "usda"),
    (b"PXR-USDC", "usdc"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"\0\x01\0\0\0", "ttf"),
    (b"true\0", "ttf"),
    (b"ttcf\0", "ttf"),
    (b"OTTO\0", "otf"),
    (b"wOFF", "woff"),
    (b"wOF2", "woff2"),
    (b"%PDF-", "pdf"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
)

_RIFF = {b"WAVE": "wav", b"WEBP": "webp", b"AVI ": "avi"}
_FORM = {b"AIFF": "aiff", b"AIFC": "aiff"}
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)  # every size of a DIB header ever published

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")
_M4A_BRANDS = (b"M4A ", b"M4B ")

_ZIP_TYPES = {
    b"application/x-krita": "kra",
    b"image/openraster": "ora",
}
_ZIP_EXTENSIONS = {"kra": "kra", "krz": "kra", "ora": "ora", "usdz": "usdz"}

_FIRST_ELEMENT = re.compile(rb"<([A-Za-z_][A-Za-z0-9_:.-]*)")


def sniff(head: bytes, ext: str) -> str | None:
    """The format that starts with ``head``, or None.

    ``ext`` decides only between formats of one container: a zip archive, a
    compressed stream.
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    return _container(head, ext) or _by_structure(head, ext)


def _container(head: bytes, ext: str) -> str | None:
    if head[:4] in (b"RIFF", b"RIFX", b"RF64"):
        return _RIFF.get(head[8:12])
    if head[:4] == b"FORM":
        return _FORM.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zip(head, ext)
    if head[:3] == b"\x1f\x8b\x08":
        return "blend" if ext.startswith("blend") or _gunzip_is_blend(head) else "gzip"
    if head[:4] == b"\x28\xb5\x2f\xfd":
        return "blend" if ext.startswith("blend") or _zstd_is_blend(head) else None
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "webm" if b"webm" in head[:64] else "mkv"
    return None


def _by_structure(head: bytes, ext: str) -> str | None:
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    # QuickTime files from before ISO media start with any of these atoms.
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip") and ext in ("mov", "qt", "mp4"):
        return "mov"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" and b"svg" in head:
        first = _FIRST_ELEMENT.search(head)
        if first is not None and first[1].rpartition(b":")[2] == b"svg":
            return "svg"
    return None


def _brand(head: bytes) -> str:
    major = head[8:12]
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = {head[at : at + 4] for at in range(16, size - 3, 4)} | {major}
    if major == b"qt  ":
        return "mov"
    if brands & set(_AVIF_BRANDS):
        return "avif"
    if major in _HEIC_BRANDS:
        return "heic"
    return "m4a" if major in _M4A_BRANDS else "mp4"


def _zip(head: bytes, ext: str) -> str:
    if head[30:38] == b"mimetype":
        for media, name in _ZIP_TYPES.items():
            if head[38 : 38 + len(media)] == media:
                return name
    return _ZIP_EXTENSIONS.get(ext, "zip")


def _gunzip_is_blend(head: bytes) -> bool:
    try:
        return zlib.decompressobj(31).decompress(head, 16).startswith(b"BLENDER")
    except zlib.error:
        return False


def _zstd_is_blend(head: bytes) -> bool:
    try:
        import zstandard
    except ImportError as exc:
        raise MissingExtra(
            "a zstd-compressed file cannot be read without zstandard",
            hint="pip install zstandard",
        ) from exc
    try:
        decoder = zstandard.ZstdDecompressor(max_window_size=1 << 25).decompressobj()
        return bool(decoder.decompress(head).startswith(b"BLENDER"))
    except zstandard.ZstdError:
        return False
