"""What kind of disk a folder lies on, as far as the operating system tells.

SQLite's WAL needs shared memory between processes, which network shares do
not give, and programs that synchronise folders (Dropbox, OneDrive, ...) copy
half-written packs and bring back deleted ones. The caller asks here before
it puts a database or packs into a folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["in_memory", "is_network", "is_writable", "sync_program"]

_NETWORK_TYPES = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "afpfs", "webdav", "davfs"),
        *("9p", "ceph", "fuse.sshfs", "fuse.rclone", "fuse.gcsfuse", "fuse.davfs2"),
        *("fuse.curlftpfs", "fuse.glusterfs"),
    )
)
_MEMORY_TYPES = frozenset(("tmpfs", "ramfs"))
_SYNC_MARKS = {
    # Folder names that the programs themselves create, by lower-case prefix.
    "dropbox": "Dropbox",
    "onedrive": "OneDrive",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "my drive": "Google Drive",
    "icloud drive": "iCloud Drive",
    "com~apple~clouddocs": "iCloud Drive",
    "nextcloud": "Nextcloud",
    "owncloud": "ownCloud",
    "creative cloud files": "Creative Cloud",
    "megasync": "MEGA",
}
_SYNC_FILES = {".dropbox": "Dropbox", ".stfolder": "Syncthing", ".sync": "Resilio Sync"}


def sync_program(folder: Path) -> str | None:
    """The program that synchronises ``folder`` or a parent of it, None if none is known."""
    for part in (folder, *folder.parents):
        name = part.name.lower()
        for mark, program in _SYNC_MARKS.items():
            if name == mark or name.startswith((mark + " ", mark + "-")):
                return program
        for marker, program in _SYNC_FILES.items():
            if (part / marker).exists():
                return program
    return None


def _mount_type(folder: Path) -> str:
    best, kind = "", ""
    try:
        lines = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    target = str(folder)
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


def in_memory(folder: Path) -> bool:
    """Whether what is written there lies in memory (and swap) only. False where nobody tells."""
    return _mount_type(Path(os.path.realpath(folder))) in _MEMORY_TYPES


def is_network(folder: Path) -> bool:
    """Whether ``folder`` lies on a network share. False where the system does not tell."""
    folder = Path(os.path.realpath(folder))
    if sys.platform == "win32":
        import ctypes

        if str(folder).startswith("\\\\"):
            return True
        drive_remote = 4  # DRIVE_REMOTE of winbase.h
        return bool(ctypes.windll.kernel32.GetDriveTypeW(folder.anchor) == drive_remote)
    if sys.platform == "darwin":
        # Shares are mounted below /Volumes; a local disk there shows its own device.
        return folder.is_relative_to("/Volumes") and _statfs_is_remote(folder)
    return _mount_type(folder) in _NETWORK_TYPES


def _statfs_is_remote(folder: Path) -> bool:
    import subprocess

    # ``df`` prints "//user@server/share" for SMB and "server:/path" for NFS.
    done = subprocess.run(["df", str(folder)], capture_output=True, text=True, check=False)
    device = done.stdout.splitlines()[-1].split(" ")[0] if done.stdout else ""
    return device.startswith("//") or ":/" in device


def is_writable(folder: Path) -> bool:
    """Whether a file can be made in ``folder``; proved by making one, as modes can lie."""
    probe = folder / f".audobon-write-{os.getpid()}"
    try:
        fd = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError:
        return False
    os.close(fd)
    os.unlink(probe)
    return True
