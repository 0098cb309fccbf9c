"""Where work goes and what it may cost: written down once for this user, nothing secret in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from attrs import frozen

from audobon.cloud.prices import Rates, load_rates
from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Invalid, Unavailable
from audobon.storage.objects.googleauth import check_account, here
from audobon.system.files import translate_os_error, write_atomic
from audobon.system.folders import data_folder

__all__ = ["IMAGE", "Settings", "cloud_folder", "load_settings", "save_settings"]

IMAGE = "us-docker.pkg.dev/vertex-ai/training/tf-cpu.2-17.py310:latest"
"""One of Google's images for training; the lesson takes Python, pip and numpy from it alone."""
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]|[0-9]{6,15}")
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}")


@frozen(slots=True)
class Settings:
    """``place`` is a place of objects in a bucket (``gs://bucket/prefix``) for what goes and comes.

    ``most_jobs`` run at a time; ``most_money`` is what all runs together may cost, in the
    currency of the price table, ``most_hours`` what one run may take. ``transport`` is rest or
    grpc. ``impersonate`` is a service account to act as, ``account`` the one that jobs run as;
    empty for the caller's and the project's. ``endpoint`` is a stand-in on this machine.
    """

    project: str
    region: str
    place: str
    machine: str = "e2-standard-4"
    image: str = IMAGE
    most_jobs: int = 1
    most_money: float = 5.0
    most_hours: float = 1.0
    transport: str = "rest"
    impersonate: str = ""
    account: str = ""
    prices: str = ""
    endpoint: str = ""

    @property
    def parent(self) -> str:
        """The project and region as the service names them."""
        return f"projects/{self.project}/locations/{self.region}"

    @property
    def hour(self) -> float:
        """What an hour of its machine costs."""
        return self.rates.hour(self.machine)

    @property
    def rates(self) -> Rates:
        """The prices that count."""
        return load_rates(Path(self.prices) if self.prices else None)

    @property
    def currency(self) -> str:
        """The one that prices are in."""
        return self.rates.currency

    def check(self) -> Settings:
        """Itself. Invalid tells what cannot be."""
        if not _PROJECT.fullmatch(self.project):
            raise Invalid(f"{self.project!r} is no project", subject=self.project)
        if not _REGION.fullmatch(self.region):
            raise Invalid(
                f"{self.region!r} is no region", subject=self.region, hint="one is europe-west4"
            )
        if self.endpoint:
            here(self.endpoint, "Vertex AI")
        if not self.place.startswith("gs://") and not self.endpoint:
            raise Invalid(
                "jobs in Vertex AI read and write a bucket: gs://bucket/prefix", subject=self.place
            )
        if self.transport not in ("rest", "grpc"):
            raise Invalid(f"{self.transport!r} is no transport; rest and grpc are")
        for account in filter(None, (self.impersonate, self.account)):
            check_account(account)
        if self.most_jobs < 1 or not 0 < self.most_hours <= 24 or not 0 <= self.most_money < 1e6:
            raise Invalid("limits are 1 job and more, up to 24 hours, and an amount of money")
        self.hour  # noqa: B018 - Invalid where the machine has no price
        return self


def cloud_folder() -> Path:
    """Where settings and runs of this user lie; it may not exist yet."""
    return data_folder() / "vertex"


def save_settings(settings: Settings, folder: Path) -> None:
    """Write them down, checked."""
    settings.check()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise translate_os_error(error, folder) from error
    data = json.dumps(to_plain(settings), indent=1).encode()
    write_atomic(folder / "settings.json", data)


def load_settings(folder: Path) -> Settings:
    """Those that were written down. Unavailable where nobody has set anything up, Invalid."""
    path = folder / "settings.json"
    try:
        return from_plain(json.loads(path.read_bytes()), Settings).check()
    except FileNotFoundError:
        raise Unavailable(
            "nothing of Vertex AI is set up for this user, so nothing is sent there",
            hint="'audobon vertex setup --project ID --region REGION --place gs://BUCKET/PREFIX'",
        ) from None
    except OSError as error:
        raise translate_os_error(error, path) from error
    except ValueError as error:
        raise Invalid(f"{path} cannot be read: {error}", subject=str(path)) from error
