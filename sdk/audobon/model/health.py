"""What the doctor has found, check by check."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Check", "Health"]


@frozen(slots=True)
class Check:
    """``state`` is ok, off (optional and absent), warning or problem."""

    name: str
    state: str
    message: str
    hint: str = ""


@frozen(slots=True)
class Health:
    """All checks in order; each ran, whatever the others found."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """No check is a problem; what is off or only a warning does not count."""
        return all(check.state != "problem" for check in self.checks)
