"""Small sound files of film and sound formats, made here byte by byte."""

from __future__ import annotations

import struct


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + name + body


def picture(brand: bytes) -> bytes:
    sizes = [box(b"ispe", struct.pack(">III", 0, 640, 480)), box(b"irot", b"\x01")]
    sizes.append(box(b"pixi", b"\0\0\0\0\x03\x0a\x0a\x0a"))
    meta = box(b"meta", b"\0\0\0\0", box(b"iprp", box(b"ipco", *sizes)))
    return box(b"ftyp", brand, b"\0\0\0\0", b"mif1", brand) + meta + box(b"mdat", b"\0" * 16)


def mp4(brand: bytes = b"isom", *, video: bool = True) -> bytes:
    def track(kind: bytes, entry: bytes) -> bytes:
        mdhd = box(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 25000, 50000, 0))
        stts = box(b"stts", struct.pack(">IIII", 0, 1, 50, 1000))
        table = box(b"stbl", box(b"stsd", b"\0\0\0\0\0\0\0\x01", entry), stts)
        handler = box(b"hdlr", b"\0" * 8, kind, b"\0" * 13)
        return box(b"trak", box(b"mdia", mdhd, handler, box(b"minf", table)))

    picture_entry = box(b"avc1", b"\0" * 24 + struct.pack(">HH", 320, 240) + b"\0" * 50)
    sound_entry = box(b"mp4a", b"\0" * 16 + struct.pack(">HH4xI", 2, 16, 48000 << 16))
    mvhd = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 2000), b"\0" * 80)
    tracks = [track(b"soun", sound_entry)]
    if video:
        tracks.append(track(b"vide", picture_entry))
    head = box(b"ftyp", brand, b"\0\0\0\0", brand)
    return head + box(b"mdat", b"\0" * 32) + box(b"moov", mvhd, *tracks)


def element(name: int, body: bytes) -> bytes:
    raw = name.to_bytes((name.bit_length() + 7) // 8, "big")
    return raw + struct.pack(">I", 0x10000000 | len(body)) + body


def matroska(kind: bytes = b"matroska") -> bytes:
    info = element(0x2AD7B1, b"\x0f\x42\x40") + element(0x4489, struct.pack(">d", 2500.0))
    size = element(0xB0, b"\x02\x80") + element(0xBA, b"\x01\x68")
    track = element(0x83, b"\x01") + element(0x86, b"V_VP9") + element(0xE0, size)
    sound = element(0xB5, struct.pack(">f", 48000.0)) + element(0x9F, b"\x02")
    second = element(0x83, b"\x02") + element(0x86, b"A_OPUS") + element(0xE1, sound)
    tracks = element(0xAE, track) + element(0xAE, second)
    segment = (
        element(0x1549A966, info) + element(0x1654AE6B, tracks) + element(0x1F43B675, b"\0" * 9)
    )
    return element(0x1A45DFA3, element(0x4282, kind)) + element(0x18538067, segment)


def avi() -> bytes:
    avih = struct.pack("<10I", 40000, 0, 0, 0, 50, 0, 2, 0, 320, 240) + b"\0" * 16
    strl = b"strh" + struct.pack("<I", 56) + b"vidsXVID" + b"\0" * 48
    hdrl = b"hdrlavih" + struct.pack("<I", len(avih)) + avih + strl
    body = b"AVI LIST" + struct.pack("<I", len(hdrl)) + hdrl + b"\0" * 64
    return b"RIFF" + struct.pack("<I", len(body)) + body


def wav(seconds: float = 0.5) -> bytes:
    data = b"\0" * int(48000 * 4 * seconds)
    form = struct.pack("<HHIIHH", 1, 2, 48000, 192000, 4, 16)
    body = (
        b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def flac() -> bytes:
    bits = 44100 << 44 | 1 << 41 | 23 << 36 | 88200
    info = b"\0" * 10 + bits.to_bytes(8, "big") + b"\0" * 16
    words = b"TITLE=Rain"
    note = struct.pack("<I", 0) + struct.pack("<II", 1, len(words)) + words
    data = b"fLaC\0" + len(info).to_bytes(3, "big") + info
    return data + b"\x84" + len(note).to_bytes(3, "big") + note + b"\xff\xf8" + b"\0" * 64


def ogg() -> bytes:
    packet = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 2, 44100, 0, 128000, 0, 0xB8, 1)

    def page(granule: int, body: bytes) -> bytes:
        head = struct.pack("<4sBBqIIIB", b"OggS", 0, 2, granule, 1, 0, 0, 1)
        return head + bytes([len(body)]) + body

    return page(0, packet) + page(132300, b"\0" * 90)


def ogv() -> bytes:
    """A film of 50 frames with sound: the two streams' pages take turns."""
    rate = struct.pack(">II", 25, 1) + b"\0" * 10 + struct.pack(">H", 6 << 5)
    film = b"\x80theora\x03\x02\x01" + struct.pack(">HH", 20, 15)  # macroblocks: more than is shown
    film += (317).to_bytes(3, "big") + (233).to_bytes(3, "big") + b"\0\0" + rate
    sound = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 1, 48000, 0, 96000, 0, 0xB8, 1)

    def page(serial: int, flags: int, granule: int, body: bytes) -> bytes:
        head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, serial, 0, 0, 1)
        return head + bytes([len(body)]) + body

    pages = [page(7, 2, 0, film), page(8, 2, 0, sound)]
    pages += [page(7, 0, 40 << 6 | 10, b"\0" * 60), page(8, 0, 96000, b"\0" * 60)]
    pages.append(page(7, 0, -1, b"\0" * 9))  # a frame that goes on
    return b"".join(pages)


def mp3() -> bytes:
    def text(name: bytes, value: bytes) -> bytes:
        return name + struct.pack(">I", len(value) + 1) + b"\0\0\0" + value

    tags = text(b"TIT2", b"Wind")
    head = b"ID3\x03\0\0\0\0\0" + bytes([len(tags)]) + tags
    return head + (b"\xff\xfb\x90\x00" + b"\0" * 413) * 20


def aiff() -> bytes:
    comm = struct.pack(">hIh", 1, 44100, 16) + b"\x40\x0e\xac\x44" + b"\0" * 6
    body = b"AIFFCOMM" + struct.pack(">I", len(comm)) + comm
    body += b"SSND" + struct.pack(">I", 88208) + b"\0" * 88208
    return b"FORM" + struct.pack(">I", len(body)) + body
