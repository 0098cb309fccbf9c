"""Who a bucket is asked as: application default credentials, impersonation, tokens that end.

The clients are Google's own; what gives tokens and what takes them is on this machine.
"""

from __future__ import annotations

import functools
import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fakebucket import FakeBucket, Fault
from faketokens import PLANTED, FakeTokens, fake_tokens

from audobon import Library
from audobon.cli.root import cli
from audobon.codec.plain import to_plain
from audobon.errors import Invalid, Unavailable
from audobon.storage.objects import ObjectStore, open_store

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

KEEPER = "keeper@studio.iam.gserviceaccount.com"
Closing = Callable[[ObjectStore], ObjectStore]


@pytest.fixture(scope="session")
def private_key() -> str:
    made = rsa.generate_private_key(65537, 2048)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return made.private_bytes(*pem, serialization.NoEncryption()).decode()


@pytest.fixture
def tokens(
    private_key: str, bucket: FakeBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeTokens]:
    """Default credentials of somebody who is signed in, and Google's addresses on this machine.

    Whatever token was given is taken until a test says otherwise.
    """
    import google.auth.iam
    import google.cloud.storage

    with fake_tokens() as made:
        signed_in = {
            "type": "service_account",
            "client_email": "ada@studio.iam.gserviceaccount.com",
            "private_key": private_key,
            "private_key_id": "1",
            "token_uri": f"{made.url}/token",
        }
        file = tmp_path / "signed-in" / "adc.json"
        file.parent.mkdir()
        file.write_text(json.dumps(signed_in), "utf-8")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
        client = functools.partial(
            google.cloud.storage.Client, client_options={"api_endpoint": bucket.url}
        )
        monkeypatch.setattr(google.cloud.storage, "Client", client)
        address = made.url + "/v1/projects/-/serviceAccounts/{}:generateAccessToken"
        monkeypatch.setattr(google.auth.iam, "_IAM_ENDPOINT", address)
        bucket.tokens = _Taken(made)
        yield made


class _Taken(set[str]):
    """The tokens that a bucket takes: those that were given, but for those taken back."""

    def __init__(self, tokens: FakeTokens) -> None:
        super().__init__()
        self.tokens = tokens
        self.back: set[str] = set()
        self.used: list[str] = []

    def __contains__(self, token: object) -> bool:
        self.used.append(str(token))
        return token not in self.back and token in dict(self.tokens.given)

    def take_back(self) -> None:
        self.back |= set(dict(self.tokens.given))


def _taken(bucket: FakeBucket) -> _Taken:
    assert isinstance(bucket.tokens, _Taken)
    return bucket.tokens


def test_who_is_signed_in_is_who_asks(
    tokens: FakeTokens, bucket: FakeBucket, closing: Closing
) -> None:
    store = closing(open_store("gs://bucket/art"))
    store.put("a", b"1")
    assert [who for _, who in tokens.given] == ["oauth"]
    assert set(_taken(bucket).used) == {tokens.newest}


def test_a_bucket_is_used_as_another_account(
    tokens: FakeTokens, bucket: FakeBucket, closing: Closing
) -> None:
    store = closing(open_store("gs://bucket/art", impersonate=KEEPER))
    store.put("a", b"1")
    assert [who for _, who in tokens.given] == ["oauth", KEEPER]
    # The bucket sees the account alone, never who stands behind it.
    assert set(_taken(bucket).used) == {tokens.newest}
    bucket.rights = {"get", "list"}
    with pytest.raises(Exception, match=f"may not be written by {KEEPER}"):
        store.put("b", b"2")


def test_an_account_that_one_may_not_be_is_told(tokens: FakeTokens) -> None:
    tokens.refuse = {KEEPER}
    with pytest.raises(Unavailable, match="does not know who asks") as caught:
        open_store("gs://bucket/art", impersonate=KEEPER)
    assert f"roles/iam.serviceAccountTokenCreator on {KEEPER}" in (caught.value.hint or "")
    assert PLANTED not in repr(vars(caught.value))
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("impersonate", ["", KEEPER])
def test_a_token_that_ends_amid_a_transfer_is_renewed_once(
    impersonate: str, tokens: FakeTokens, bucket: FakeBucket, closing: Closing, tmp_path: Path
) -> None:
    store = closing(open_store("gs://bucket/art", impersonate=impersonate))
    data = os.urandom((8 << 20) * 2 + 12345)
    given = len(tokens.given)

    class Ends(list[Fault]):
        """Before the second piece of an upload, or slice of a download, the token is taken back."""

        seen = 0

        def __iter__(self) -> Iterator[Fault]:
            method, path = bucket.seen[-1]
            if (method == "PUT" and "upload_id" in path) or "alt=media" in path:
                self.seen += 1
                if self.seen == 2:
                    _taken(bucket).take_back()
            return iter(())

    bucket.faults = Ends()
    store.put("big", data)
    assert len(tokens.given) - given == 1
    bucket.faults = Ends()
    store.fetch("big", tmp_path / "big")
    assert (tmp_path / "big").read_bytes() == data
    assert len(tokens.given) - given == 2
    assert bucket.count("POST", "uploadType=resumable") == 1, "the upload went on where it was"


def test_who_is_signed_out_amid_a_transfer_is_told(
    tokens: FakeTokens, bucket: FakeBucket, closing: Closing
) -> None:
    store = closing(open_store("gs://bucket/art"))
    store.put("a", b"1")
    _taken(bucket).take_back()
    tokens.refuse = {"oauth"}
    for call in (lambda: store.get("a"), lambda: store.put("b", b"2")):
        with pytest.raises(Unavailable, match="does not know who asks") as caught:
            call()
        assert caught.value.hint == "gcloud auth application-default login"
    assert list(bucket.objects) == ["art/a"]


def test_no_token_is_found_anywhere(
    tokens: FakeTokens,
    bucket: FakeBucket,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    private_key: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[Any] = []
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "a.txt").write_text("one" * 1000)
    with Library.create(tmp_path / "ada", author="Ada <ada@example.org>") as ada:
        ada.add(ada.path)
        ada.commit("one")
        told += [ada.remotes.add("art", "gs://bucket/art", impersonate_service_account=KEEPER)]
        assert ada.remotes.get("art").impersonate_service_account == KEEPER
        told += [ada.push("art"), ada.pull("art")]
        _taken(bucket).take_back()
        tokens.refuse = {KEEPER}
        with pytest.raises(Unavailable) as caught:
            ada.push("art")
        told += [repr(caught.value), vars(caught.value), repr(caught.value.__context__)]
        tokens.refuse = set()
        ada.work()
        told += [to_plain([job.row for job in ada.jobs()]), to_plain(ada.doctor())]
        told += [list(ada.audit.list()), [to_plain(each) for each in ada.remotes.list()]]
    options = ["--impersonate-service-account", KEEPER, "--library", str(tmp_path / "ada")]
    done = CliRunner().invoke(cli, ["remote", "--add", "two", "gs://bucket/art", *options])
    assert done.exit_code == 0, done.output
    told.append(done.output)
    url, where = "gs://bucket/art", tmp_path / "bob"
    with Library.clone(url, where, author="B <b@x>", impersonate_service_account=KEEPER) as bob:
        bob.fetch(["a.txt"])
        told += [bob.pull("origin"), list(bob.audit.list())]
    assert {who for _, who in tokens.given} == {"oauth", KEEPER}
    printed = capfd.readouterr()
    secrets = [PLANTED, private_key.splitlines()[1]]
    for secret in secrets:
        assert secret not in repr(told)
        assert secret not in caplog.text + printed.out + printed.err
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "remotes.json" for path in files)
    for path in files:
        if path.parent.name != "signed-in":
            assert not any(secret.encode() in path.read_bytes() for secret in secrets), path
    for stored in bucket.objects.values():
        assert PLANTED.encode() not in stored.data


@pytest.mark.parametrize(
    ("url", "account"),
    [("gs://bucket/art", "ada@example.org"), ("gs://bucket/art", "x"), ("memory:x", KEEPER)],
)
def test_what_is_no_account_is_told(url: str, account: str, tokens: FakeTokens) -> None:
    with pytest.raises(Invalid):
        open_store(url, impersonate=account)
    assert tokens.given == []
