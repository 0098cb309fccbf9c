"""The vault's header: the only thing in a sealed place that lies in clear, as two lines of text.

The first line is JSON, the second its SHA-256, which tells damage from a wrong passphrase. What a
stranger may have written is looked at here, before any of it is computed with.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from audobon.errors import AudobonError, Corrupt, NewerFormat
from audobon.storage.vault.costs import Costs

__all__ = ["FORMAT", "KEYS", "LIMIT", "SLOTS", "Header", "Slot", "Wrapped", "read_header"]
__all__ += ["signed_part", "write_header"]

FORMAT: Final = 1
LIMIT: Final = 256 << 10
"""Bytes of a header: 1,000 keys and all slots take 150 KiB."""
SLOTS: Final = 8
"""Seven passphrases and the recovery key: each slot may cost a computation of Argon2id, and a
header is somebody else's to write."""
KEYS: Final = 1000
_NAME = 64
ID, SALT, CHECK, WRAPPED, WRAPPED_NAMES, MAC = 16, 16, 32, 60, 92, 32


@frozen
class Slot:
    """The vault's key, wrapped so that one passphrase (or the recovery key) opens it.

    ``check`` commits to the wrapping key, so that no slot can be made that several passphrases
    open; ``costs`` is None for the recovery key.
    """

    name: str
    costs: Costs | None
    salt: bytes
    check: bytes
    wrapped: bytes


@frozen
class Wrapped:
    """A master key under the vault's key."""

    id: bytes
    wrapped: bytes


@frozen
class Header:
    """``serial`` grows with every change, so that an older header is known for one.

    The last of ``keys`` is the one that is written with.
    """

    vault: bytes
    serial: int
    slots: tuple[Slot, ...]
    names: bytes
    keys: tuple[Wrapped, ...]
    mac: bytes = b""


def _slot_fields(slot: Slot) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": slot.name,
        "salt": slot.salt.hex(),
        "check": slot.check.hex(),
        "wrapped": slot.wrapped.hex(),
    }
    if slot.costs is not None:
        found["argon2id"] = {
            "memory_kib": slot.costs.memory_kib,
            "passes": slot.costs.passes,
            "lanes": slot.costs.lanes,
        }
    return found


def _fields(header: Header) -> dict[str, Any]:
    return {
        "audobon_vault": FORMAT,
        "vault": header.vault.hex(),
        "serial": header.serial,
        "slots": [_slot_fields(slot) for slot in header.slots],
        "names": header.names.hex(),
        "keys": [{"id": key.id.hex(), "wrapped": key.wrapped.hex()} for key in header.keys],
    }


def _text(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def signed_part(header: Header) -> bytes:
    """What the header's ``mac`` covers: all but itself."""
    return _text(_fields(header))


def write_header(header: Header) -> bytes:
    """The bytes of a header."""
    line = _text({**_fields(header), "mac": header.mac.hex()})
    return line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n"


def read_header(data: bytes, where: str) -> Header:
    """A header out of bytes that anybody may have written.

    Raises Corrupt, or NewerFormat for one of a later version. Costs are not judged here.
    """
    try:
        return _read(data, where)
    except AudobonError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Corrupt(f"the vault's header in {where} is damaged", subject=where) from error


def _read(data: bytes, where: str) -> Header:
    if len(data) > LIMIT:
        raise ValueError("too long")
    line, _, rest = data.partition(b"\n")
    if not hmac.compare_digest(rest, hashlib.sha256(line).hexdigest().encode() + b"\n"):
        raise ValueError("the digest differs")
    fields = json.loads(line)
    version = _number(fields["audobon_vault"])
    if version > FORMAT:
        raise NewerFormat(
            f"the vault in {where} has format {version}, this Audobon reads up to {FORMAT}",
            subject=where,
            hint="update Audobon; nothing was changed",
        )
    if version < 1 or fields.keys() - _fields(_EMPTY).keys() != {"mac"}:
        raise ValueError("other fields")
    header = Header(
        vault=_bytes(fields["vault"], ID),
        serial=_number(fields["serial"]),
        slots=tuple(_slot(each) for each in _several(fields["slots"], SLOTS)),
        names=_bytes(fields["names"], WRAPPED_NAMES),
        keys=tuple(
            Wrapped(_bytes(each["id"], ID), _bytes(each["wrapped"], WRAPPED))
            for each in _several(fields["keys"], KEYS)
        ),
        mac=_bytes(fields["mac"], MAC),
    )
    # One form only: a change of the text that changes nothing in it would go unseen otherwise.
    if write_header(header) != data:
        raise ValueError("not the form it is written in")
    return header


def _slot(fields: Any) -> Slot:
    name = fields["name"]
    if not isinstance(name, str) or len(name) > _NAME:
        raise ValueError("name")
    asked = fields.get("argon2id")
    costs = None
    if asked is not None:
        costs = Costs(*(_number(asked[each]) for each in ("memory_kib", "passes", "lanes")))
    return Slot(
        name,
        costs,
        _bytes(fields["salt"], SALT),
        _bytes(fields["check"], CHECK),
        _bytes(fields["wrapped"], WRAPPED),
    )


def _several(value: Any, limit: int) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= limit:
        raise ValueError("list")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise ValueError("number")
    return value


def _bytes(value: Any, size: int) -> bytes:
    found = bytes.fromhex(value)
    if len(found) != size:
        raise ValueError("size")
    return found


_EMPTY = Header(b"", 0, (), b"", ())
