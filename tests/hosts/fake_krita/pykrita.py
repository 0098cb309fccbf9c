"""Krita's own module, as a Krita with Qt 6 has it."""


def qt_major_version() -> int:
    return 6
