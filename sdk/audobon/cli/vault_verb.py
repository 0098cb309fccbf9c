"""``audobon vault``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import click

from audobon.cli.base import PASSPHRASE, PASSPHRASE_FILE, Output, library_folder, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import counted
from audobon.errors import Cancelled, Invalid, NoLibrary, Unavailable
from audobon.system.asking import About, ask

if TYPE_CHECKING:
    from audobon.services.core.place import Place as LibraryPlace
    from audobon.services.places.sealing import Place
    from audobon.storage.objects import ObjectStore
    from audobon.storage.vault import Secret, Vault

_ACTIONS = ("init", "show", "passphrase", "recovery", "renew", "rotate", "keep", "forget", "erase")


@verb("vault")
@click.argument("action", type=click.Choice(_ACTIONS), metavar="ACTION")
@click.argument("place", required=False)
@click.option(
    "--passphrase-file",
    envvar=PASSPHRASE_FILE,
    type=click.Path(),
    help="A file of mode 600 with the passphrase.",
)
@click.option("--new-file", type=click.Path(), help="The same for the new passphrase.")
@click.option("--recovery-file", type=click.Path(), help="The same with the recovery key, instead.")
@click.option("--name", default="first", show_default=True, help="Which of several passphrases.")
@click.option("--remove", is_flag=True, help="With passphrase: that one ends.")
@click.option("--yes", is_flag=True, help="With erase: do it.")
@click.option("--copy", "from_copy", is_flag=True, help="Open it by the second header alone.")
def command(
    out: Output,
    library: str | None,
    action: str,
    place: str | None,
    passphrase_file: str | None,
    new_file: str | None,
    recovery_file: str | None,
    name: str,
    remove: bool,
    yes: bool,
    from_copy: bool,
) -> None:
    """Encrypt an empty PLACE (init), and look after its passphrases and keys.

    Without PLACE it is the encrypted library itself, which 'audobon init --encrypt' makes.

    ACTION is init, show, passphrase (set or --remove one), recovery (a new recovery key), renew
    (new keys, and no other passphrase), rotate (write older objects again), keep or forget (the
    passphrase in the system's keyring), erase (the keys themselves: nobody reads it ever again).
    """
    from audobon.cli.secrets import NEW, new_passphrase, passphrase_from
    from audobon.services.places import sealing

    if remove and action != "passphrase":
        raise Invalid("--remove is for 'audobon vault passphrase'")
    if place is None:
        place = _own_vault(out, library, action)
        if place is None:
            return
    with sealing.place_at(place, create=action == "init") as store:
        if action == "init":
            passphrase = new_passphrase(out, passphrase_file)
            made, recovery = sealing.seal_place(store, passphrase)
            _recovery(out, made, recovery, f"{store.url} is encrypted from now on")
            return
        if action == "erase":
            _erase(out, store, yes)
            return
        opened = _opened(store, passphrase_file, recovery_file, from_copy)
        vault = opened.vault
        if vault is None:
            out.result({"url": store.url, "encrypted": False}, f"{store.url} is not encrypted")
        elif action == "passphrase":
            _passphrase(out, vault, new_file, name, remove)
        elif action == "rotate":
            _rotate(out, opened, library)
        elif action == "recovery":
            _recovery(out, opened, vault.new_recovery(), "the recovery key before opens nothing")
        elif action == "renew":
            recovery = vault.renew(new_passphrase(out, new_file, NEW))
            sealing.remember(vault)
            text = "new keys; every other passphrase and recovery key opens nothing any more"
            _recovery(out, opened, recovery, text)
        elif action == "show":
            _show(out, opened, library)
        else:
            _ACTION[action](out, opened, passphrase_from(passphrase_file))


def _opened(
    store: ObjectStore,
    passphrase_file: str | None,
    recovery_file: str | None,
    from_copy: bool,
) -> Place:
    from audobon.cli.secrets import passphrase_from
    from audobon.services.places import homevault, sealing

    home = homevault.library_of(store.url) is not None
    if home and passphrase_file == os.environ.get(PASSPHRASE_FILE):
        passphrase_file = None  # of places; a library's own variables come first when it is asked
    recovery = passphrase_from(recovery_file)
    given = None if recovery is not None else passphrase_from(passphrase_file)
    which: Literal["copy"] | None = "copy" if from_copy else None
    about: About = "library" if home else "place"
    return sealing.open_place(store, given, recovery=recovery, header=which, about=about)


def _own_vault(out: Output, library: str | None, action: str) -> str | None:
    """Where the vault of the library at work lies; None where it was told that there is none."""
    from audobon.services.core.place import find_state
    from audobon.services.places import homevault

    folder = library_folder(library)
    state = find_state(folder)
    if state is None:
        raise NoLibrary(f"{folder} is not a library", subject=str(folder))
    there = (state / homevault.FOLDER).is_dir()
    if action == "init" or not (there or action == "show"):
        told = "is encrypted already" if there else "is not encrypted"
        raise Invalid(
            f"the library {folder} {told}",
            subject=str(folder),
            hint="name a place; a library is encrypted when it is made: 'audobon init --encrypt', "
            "'audobon clone --encrypt', 'audobon recover --encrypt'",
        )
    if not there:
        data = {"url": str(folder), "encrypted": False}
        out.result(data, f"the library {folder} is not encrypted")
        return None
    return homevault.address_of(state)


def _show(out: Output, opened: Place, library: str | None) -> None:
    from audobon.services.places import sealing

    vault = _vault(opened)
    home, keyring = _home(opened, library), sealing.keyring_name()
    if home is None:
        old = sealing.count_old(opened)
    else:
        from audobon.services.places import homerotation

        old = homerotation.count_old(home)
    data = {
        "url": opened.store.url,
        "encrypted": True,
        "passphrases": vault.passphrases,
        "keys": len(vault.keys.masters),
        "old": old,
        "keyring": keyring,
    }
    lines = [
        f"{opened.store.url} is encrypted",
        f"passphrases: {', '.join(vault.passphrases)}",
        f"{counted(old, 'object')} under older keys"
        + (" ('audobon vault rotate' writes them again)" if old else ""),
        f"keyring: {keyring or 'none on this machine'}",
    ]
    out.result(data, "\n".join(lines))


def _home(opened: Place, library: str | None) -> LibraryPlace | None:
    """The library whose own vault it is, under its keys; None for any other place."""
    from audobon.services.core.place import find_state, open_place
    from audobon.services.places import homevault
    from audobon.storage.vault.library import LibraryKeys

    vault = _vault(opened)
    state = homevault.library_of(vault.place.url)
    if state is None:
        return None
    beside = find_state(state.parent) == state  # else it lies in the platform's data folder
    folder = state.parent if beside else library_folder(library)
    return open_place(folder, keys=LibraryKeys(vault.keys))


def _passphrase(out: Output, vault: Vault, new_file: str | None, name: str, remove: bool) -> None:
    from audobon.cli.secrets import NEW, new_passphrase

    if remove:
        vault.remove_passphrase(name)
        text = f"the passphrase {name!r} opens nothing any more"
    else:
        vault.set_passphrase(new_passphrase(out, new_file, NEW), name)
        text = f"the passphrase {name!r} is set"
    out.result({"passphrases": vault.passphrases}, text)


def _recovery(out: Output, opened: Place, recovery: Secret, text: str) -> None:
    from audobon.cli.secrets import PRINT

    shown = recovery.text()
    data = {"url": opened.store.url, "recovery": shown}
    out.result(data, f"{text}\nrecovery key: {shown}\n{PRINT}")


def _rotate(out: Output, opened: Place, library: str | None) -> None:
    from audobon.services.places import sealing

    with progress_bar(out, "Writing again") as (progress, cancel):

        def report(done: int, of: int) -> None:
            if cancel():
                raise Cancelled("stopped; the next 'audobon vault rotate' goes on")
            progress(done, of, "")

        home = _home(opened, library)
        if home is None:
            done = sealing.rotate_place(opened, report)
        else:
            from audobon.services.places import homerotation

            with homerotation.gate(home):
                done = homerotation.settle(home, report)
    data = {"rewritten": done.rewritten, "bytes": done.size, "failed": [k for k, _ in done.failed]}
    text = f"{counted(done.rewritten, 'object')} written again"
    for key, error in done.failed:
        out.note(f"{key}: {error}")
    out.result(data, text, error=done.failed[0][1] if done.failed else None)


def _keep(out: Output, opened: Place, given: Secret | None) -> None:
    from audobon.services.places import sealing

    if given is None and (answer := ask("The passphrase to keep", _about(opened))) is not None:
        given = sealing.passphrase_of(answer)
    if given is None:
        raise Unavailable(
            "the passphrase to keep was not given",
            hint=f"name a file of mode 600, or set {PASSPHRASE}",
        )
    # Proved once more: what is kept must open it.
    sealing.open_place(_sealed(opened), given)
    if not sealing.keep_passphrase(opened, given):
        raise Unavailable(
            "this machine has no keyring that keeps passphrases encrypted",
            hint="use a file of mode 600 with --passphrase-file",
        )
    out.result({"keyring": sealing.keyring_name()}, f"kept by {sealing.keyring_name()}")


def _about(opened: Place) -> About:
    from audobon.services.places import homevault

    return "library" if homevault.library_of(opened.store.url) is not None else "place"


def _forget(out: Output, opened: Place, given: Secret | None) -> None:
    from audobon.services.places import sealing

    had = sealing.forget_passphrase(_vault(opened).mark)
    out.result({"forgotten": had}, "forgotten" if had else "it was not kept")


def _erase(out: Output, store: ObjectStore, yes: bool) -> None:
    from audobon.services.places import homevault, sealing

    if not sealing.is_sealed(store):
        raise Invalid(f"{store.url} is not encrypted, so there is no key to erase")
    if yes:
        sealing.erase_place(store)
    done = "the keys are gone; nobody reads what lies there any more, so remove it when you like"
    if homevault.library_of(store.url) is not None:
        done = "the keys are gone; nobody opens this library any more. Your files beside it stay"
    plan = "would make everything there unreadable for ever; --yes does it, and nothing undoes it"
    elsewhere = (
        "not reached: copies of vault.json, old versions that a bucket keeps, open processes"
    )
    text = f"{store.url}: {done if yes else plan}\n{elsewhere}"
    out.result({"url": store.url, "erased": yes}, text)


def _vault(opened: Place) -> Vault:
    if opened.vault is None:
        raise Invalid(f"{opened.store.url} is not encrypted")
    return opened.vault


def _sealed(opened: Place) -> ObjectStore:
    return _vault(opened).place


_ACTION: dict[str, Callable[[Output, Place, Secret | None], None]] = {
    "keep": _keep,
    "forget": _forget,
}
