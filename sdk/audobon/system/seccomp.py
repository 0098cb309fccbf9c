"""A filter of system calls: a process gives up the network, other processes and the machine.

The filter is a small program for the kernel (``man 2 seccomp``), written for the two
architectures that Audobon runs on. What it refuses fails with EPERM, as if the user had no
right to it, but for changes of modes, which do nothing; what is new (``clone3``, ``io_uring``)
with ENOSYS, so that the C library takes the older way.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterable, Sequence

__all__ = ["install"]

_X86, _ARM = 0xC000003E, 0xC00000B7  # AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64
_MACHINES = {"x86_64": _X86, "amd64": _X86, "aarch64": _ARM, "arm64": _ARM}
_SECCOMP = {_X86: 317, _ARM: 277}
_MODE_FILTER, _TSYNC = 1, 1
_PR_SET_NO_NEW_PRIVS = 38

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026  # EPERM, ENOSYS
_PRETEND = 0x00050000  # returns 0 and does nothing
_NR, _ARCH = 0, 4
_X32 = 0x40000000  # another set of numbers for the same calls

_THREAD = 0x00010000
_NAMESPACES = 0x7E020000
_UNIX, _NETLINK, _UEVENT = 1, 16, 15

# (x86_64, aarch64); None where an architecture has none. Names and numbers of Linux 6.17.
_Table = dict[str, tuple[int, int | None]]

_MACHINE: _Table = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "open_by_handle_at": (304, 265), "unshare": (272, 97),
    "setns": (308, 268), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "acct": (163, 89),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "quotactl": (179, 60),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162),
    "syslog": (103, 116), "iopl": (172, None), "ioperm": (173, None),
}  # fmt: skip
# Landlock knows contents only. Modes are left as they are without a word: OpenVINO sets that of
# what it has compiled, and takes a refusal for the end.
_MODES: _Table = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
}  # fmt: skip
_METADATA: _Table = {
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "removexattrat": (466, 466), "file_setattr": (469, 469),
}  # fmt: skip
_PROGRAMS: _Table = {
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
}  # fmt: skip
_NEWER: _Table = {
    "clone3": (435, 435), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}  # fmt: skip
_CLONE, _SOCKET = (56, 220), (41, 198)

_Step = tuple[int, int, int, int]


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Instruction)))


def install(*, programs: bool, local_sockets: bool) -> Sequence[str]:
    """Set the filter on every thread of this process, for good; what it gives up, in words.

    With ``programs`` it may start others and change modes of files, with ``local_sockets`` talk
    to drivers' services on this machine. OSError when there is no such filter here.
    """
    arch = _MACHINES.get(platform.machine().lower())
    if arch is None:
        raise OSError(f"no filter is written for {platform.machine()}")
    steps = _steps(arch, programs=programs, local_sockets=local_sockets)
    array = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(len(steps), array)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        _fail()
    call = ctypes.c_long(_SECCOMP[arch])
    if libc.syscall(call, _MODE_FILTER, ctypes.c_ulong(_TSYNC), ctypes.byref(program)):
        _fail()
    told = ["no network", "no look into other processes", "no new rights"]
    return [f"{word} (seccomp)" for word in (told if programs else [*told, "no programs"])]


def _fail() -> None:
    code = ctypes.get_errno()
    raise OSError(code, os.strerror(code) if code else "a thread has a filter of its own")


def _steps(arch: int, *, programs: bool, local_sockets: bool) -> list[_Step]:
    column = 0 if arch == _X86 else 1
    steps: list[_Step] = [(_LOAD, 0, 0, _ARCH), *_if(arch, [], otherwise=_REFUSE)]
    steps.append((_LOAD, 0, 0, _NR))
    if arch == _X86:
        steps += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _UNKNOWN)]
    answers = [(_MACHINE, _REFUSE), (_NEWER, _UNKNOWN)]
    if not programs:
        answers += [(_METADATA, _REFUSE), (_PROGRAMS, _REFUSE), (_MODES, _PRETEND)]
    for table, answer in answers:
        for numbers in table.values():
            if (number := numbers[column]) is not None:
                steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]
    steps += _block(_CLONE[column], _clone(programs=programs))
    steps += _block(_SOCKET[column], _socket(local=local_sockets))
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


def _if(value: int, then: Iterable[_Step], *, otherwise: int) -> list[_Step]:
    return [(_EQUAL, 1, 0, value), (_RETURN, 0, 0, otherwise), *then]


def _block(number: int, steps: list[_Step]) -> list[_Step]:
    """Steps for one call; each way through them returns."""
    return [(_EQUAL, 0, len(steps), number), *steps]


def _argument(index: int) -> _Step:
    return (_LOAD, 0, 0, 16 + 8 * index)  # the lower half, on little-endian machines


def _clone(*, programs: bool) -> list[_Step]:
    """Threads may be made; processes only with ``programs``, namespaces never."""
    allowed, refused = (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)
    if programs:
        return [_argument(0), (_ANY_BIT, 1, 0, _NAMESPACES), allowed, refused]
    return [_argument(0), (_ANY_BIT, 0, 1, _THREAD), allowed, refused]


def _socket(*, local: bool) -> list[_Step]:
    """What drivers ask of the kernel about devices (uevents), and with ``local`` services here."""
    allowed, refused = (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)
    steps = [_argument(0)]
    if local:
        steps += [(_EQUAL, 0, 1, _UNIX), allowed]
    return [
        *steps,
        (_EQUAL, 1, 0, _NETLINK), refused,
        _argument(2), (_EQUAL, 1, 0, _UEVENT), refused, allowed,
    ]  # fmt: skip
