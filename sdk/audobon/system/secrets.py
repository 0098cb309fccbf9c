"""What may be a secret: kept out of messages, logs and the environment of worker processes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from audobon.errors import Invalid

__all__ = ["need_no_secrets", "without_secret_variables", "without_secrets"]

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_PARAMETER = re.compile(
    r"(?i)((?:token|secret|password|passphrase|sig|credential|key)[a-z0-9_-]*=)[^&\s]+"
)
_VARIABLE = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|(API|PRIVATE|ACCESS)_?KEY|AUTH_SOCK|COOKIE"
)


def without_secrets(text: str) -> str:
    """``text`` without what addresses in it hold of secrets: user, password, tokens."""
    return _PARAMETER.sub(r"\1***", _CREDENTIALS.sub("***@", text))


def need_no_secrets(url: str) -> None:
    """Invalid for an address with a user, a password or parameters; the message has none of them.

    Addresses are kept, shown and logged, so they are no place for secrets.
    """
    scheme, found, rest = url.partition("://")
    if not found or not scheme.isascii() or not scheme.replace("+", "").isalnum():
        return
    user = "@" in re.split(r"[/?#]", rest, maxsplit=1)[0]
    if user or urlsplit(f"x://h/{rest}").query:
        shown = re.split(r"[?#]", _CREDENTIALS.sub("", url), maxsplit=1)[0]
        what = "a user or password" if user else "parameters"
        raise Invalid(
            f"the address of {shown} has {what}, and addresses are no secrets",
            subject=shown,
            hint="give the address alone; secrets belong to the system's keyring or its own tools",
        )


def without_secret_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without variables that are called like secrets: for who needs none."""
    kept = environment.items()
    return {name: value for name, value in kept if not _VARIABLE.search(name.upper())}
