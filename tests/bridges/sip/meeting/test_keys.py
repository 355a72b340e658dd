"""The keys of an encrypted meeting, against what the web client made of the same secret."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridges.sip.meeting.keys import LinkSecret, MediaKey, NoSecret, is_visitor

RAW = bytes(range(32))
TEXT = base64.urlsafe_b64encode(RAW).decode().rstrip("=")
#: Of the secret above, by the browser's own HKDF.
MEDIA, NAME = "a74abcd43eb3b0a9bf77cad29c10eb51", "hJ92VjQGc5s"
ANNA = "@anna:localhost:DEVICE"


def answer(secret: LinkSecret, sender: str, content: object, **other: object) -> bytes:
    """What a member's page says, sealed as it seals."""
    key = HKDF(SHA256(), 32, salt=b"", info=f"unisono box key {sender}".encode()).derive(RAW)
    nonce = b"n" * 12
    sealed = nonce + AESGCM(key).encrypt(nonce, json.dumps(content).encode(), None)
    box = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
    return json.dumps({"kind": "key", "name": secret.name, "box": box, **other}).encode()


def test_a_members_key_is_read_from_their_own_answer_alone() -> None:
    secret = LinkSecret(TEXT)
    said = answer(secret, ANNA, {"key": "AQIDBAUGBwgJCgsMDQ4PEA", "index": 3})
    assert secret.read(said, ANNA) == MediaKey(ANNA, bytes(range(1, 17)), 3)
    assert secret.read(said, "@mallory:localhost:DEVICE") is None
    assert LinkSecret("A" * 43).read(said, ANNA) is None


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"key": "AQ"},
        {"key": "AQ", "index": 256},
        {"key": "AQ", "index": "0"},
        {"key": 1, "index": 0},
        [],
        "x",
    ],
)
def test_an_answer_without_a_key_is_passed_over(content: object) -> None:
    secret = LinkSecret(TEXT)
    assert secret.read(answer(secret, ANNA, content), ANNA) is None


@pytest.mark.parametrize(
    "said", [b"", b"{}", b"null", b"\xff", b'{"kind":"key"}', b'{"kind":"ask","name":"x"}']
)
def test_other_words_are_passed_over(said: bytes) -> None:
    assert LinkSecret(TEXT).read(said, ANNA) is None


@pytest.mark.parametrize("text", ["", "short", TEXT[:-1], TEXT + "AA", "?" * 43])
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(NoSecret):
        LinkSecret(text)


def test_keys_are_those_that_the_web_client_makes() -> None:
    secret = LinkSecret(TEXT)
    phone = "@_tel_201:localhost:visitor"
    assert secret.of(phone) == MediaKey(phone, bytes.fromhex(MEDIA), 0)
    assert json.loads(secret.ask()) == {"kind": "ask", "name": NAME}


def test_telephones_and_guests_have_keys_by_the_secret() -> None:
    assert [is_visitor(each) for each in (ANNA, "@_guest_1:x:GUEST", "@_tel_201:x:v")] == [False, True, True]
