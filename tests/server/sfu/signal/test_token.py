"""Tokens: what is let in, and what is not."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.signal.token import BadToken, mint, verify

KEYS = {"ours": "s" * 32}
NOW = 1_000_000.0
CLAIMS = {
    "sub": "@anna:example:PHONE",
    "exp": NOW + 60,
    "nbf": NOW - 5,
    "video": {"room": "r", "roomJoin": True, "canPublish": False},
}


def test_a_token_of_ours_says_who_and_what() -> None:
    claims = verify(mint("ours", KEYS["ours"], CLAIMS), KEYS, NOW)
    assert claims.sub == "@anna:example:PHONE"
    assert claims.video.room == "r"
    assert claims.video.room_join
    assert not claims.video.can_publish
    assert claims.video.can_subscribe


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"exp": NOW - 60}, id="expired"),
        pytest.param({"nbf": NOW + 60}, id="not yet valid"),
        pytest.param({"iss": "theirs"}, id="unknown issuer"),
        pytest.param({"sub": 5}, id="identity of wrong type"),
        pytest.param({"video": {"roomJoin": "yes"}}, id="grant of wrong type"),
        pytest.param({"sub": "a" * 600}, id="identity too long"),
    ],
)
def test_claims_that_do_not_hold_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadToken):
        verify(mint("ours", KEYS["ours"], {**CLAIMS, **changes}), KEYS, NOW)


def test_a_forged_signature_is_refused() -> None:
    with pytest.raises(BadToken):
        verify(mint("ours", "t" * 32, CLAIMS), KEYS, NOW)


def test_a_token_without_signature_is_refused() -> None:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    body = mint("ours", KEYS["ours"], CLAIMS).split(".")[1]
    with pytest.raises(BadToken):
        verify(f"{header}.{body}.", KEYS, NOW)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}"))
def test_whatever_is_sent_is_refused_in_our_words(text: str) -> None:
    with pytest.raises(BadToken):
        verify(text, KEYS, NOW)
