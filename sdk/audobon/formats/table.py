"""The registry: every format with its kind, its extensions and the family that reads it."""

from __future__ import annotations

from attrs import frozen

from audobon.formats.source import extension

__all__ = ["BY_EXTENSION", "BY_NAME", "FORMATS", "LINKING", "Format", "kind_of"]


@frozen(slots=True)
class Format:
    """One format.

    ``family`` is the module of this package that reads it. ``magic`` says
    that its content can be told from its first bytes: then a file with its
    extension and other, unknown content is damaged.
    """

    name: str
    kind: str
    family: str
    extensions: tuple[str, ...]
    magic: bool = True


def _formats(kind: str, family: str, *, magic: bool = True, **known: str) -> tuple[Format, ...]:
    """``name="ext ext"`` pairs; a leading underscore frees a name that starts with a digit."""
    return tuple(
        Format(name.lstrip("_"), kind, family, tuple(exts.split()), magic)
        for name, exts in known.items()
    )


FORMATS: tuple[Format, ...] = (
    *_formats("image", "images", png="png apng", jpeg="jpg jpeg jpe jfif", gif="gif"),
    *_formats("image", "images", bmp="bmp dib", webp="webp"),
    *_formats("image", "images", magic=False, tga="tga icb vda vst"),
    *_formats("image", "deep", tiff="tif tiff", exr="exr", hdr="hdr rgbe", dds="dds"),
    *_formats("image", "isomedia", avif="avif", heic="heic heif hif"),
    *_formats("blend", "blend", blend="blend blend1 blend2 blend3"),
    *_formats("document", "painting", kra="kra krz", ora="ora"),
    *_formats("document", "layered", psd="psd", psb="psb", xcf="xcf"),
    *_formats("model", "gltf", glb="glb"),
    *_formats("model", "gltf", magic=False, gltf="gltf"),
    *_formats("model", "fbx", fbx="fbx"),
    *_formats("model", "meshes", magic=False, obj="obj", stl="stl"),
    *_formats("model", "meshes", ply="ply", abc="abc"),
    *_formats("model", "usd", usda="usda usd", usdc="usdc", usdz="usdz"),
    *_formats("audio", "audio", wav="wav wave", flac="flac"),
    *_formats("audio", "ogg", ogg="ogg oga opus ogv"),
    *_formats("audio", "audio", aiff="aif aiff aifc"),
    *_formats("audio", "audio", magic=False, mp3="mp3"),
    *_formats("audio", "isomedia", m4a="m4a m4b"),
    *_formats("video", "isomedia", mp4="mp4 m4v", mov="mov qt"),
    *_formats("video", "video", mkv="mkv", webm="webm", avi="avi"),
    *_formats("vector", "svg", svg="svg"),
    *_formats("text", "text", magic=False, text="txt text log nfo", markdown="md markdown"),
    *_formats("text", "text", magic=False, json="json", csv="csv tsv", yaml="yaml yml"),
    *_formats("text", "text", magic=False, toml="toml", ini="ini cfg", xml="xml", html="html htm"),
    *_formats("text", "text", magic=False, python="py", mtl="mtl", shader="osl glsl hlsl"),
    *_formats("file", "plain", ttf="ttf ttc", otf="otf", woff="woff", woff2="woff2"),
    *_formats("file", "plain", zip="zip", pdf="pdf", gzip="gz", rar="rar", _7z="7z"),
)
"""All formats that are known by name. Where two share an extension the first wins."""

LINKING = frozenset(["blend", "kra", "glb", "gltf", "fbx", "obj", "mtl", "usda", "svg"])
"""Formats whose files name others."""

BY_NAME = {entry.name: entry for entry in FORMATS}

BY_EXTENSION: dict[str, Format] = {}
for _entry in FORMATS:
    for _ext in _entry.extensions:
        BY_EXTENSION.setdefault(_ext, _entry)


def kind_of(name: str) -> str:
    """The kind that the extension of ``name`` promises; ``file`` when it is unknown."""
    entry = BY_EXTENSION.get(extension(name))
    return entry.kind if entry is not None else "file"
