"""Tokens: what is let in, and what is not."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.signal.token import BadToken, VideoGrant, mint, one_of, renewal, token_of, verify

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


@pytest.mark.parametrize(("left", "due"), [(3600, False), (1801, False), (1800, True), (5, True), (-5, True)])
def test_a_token_is_renewed_when_half_of_its_time_is_over(left: float, due: bool) -> None:
    """Case 21: it lived for an hour, and then there was no way back into the meeting."""
    now = NOW + 3600 - left
    claims = verify(mint("ours", KEYS["ours"], {**CLAIMS, "iat": NOW, "exp": NOW + 3600}), KEYS, NOW)
    muted = VideoGrant(room="r", room_join=True, can_publish=False)
    renewed = renewal(claims, muted, now)
    assert (renewed is not None) is due
    if renewed is not None:
        again = verify(token_of(renewed, KEYS["ours"]), KEYS, now)
        assert again == renewed
        assert (again.sub, again.name, again.attributes) == (claims.sub, claims.name, claims.attributes)
        assert again.exp == int(now) + 3600
        assert again.issued_at == int(now)
        assert again.video == muted


@pytest.mark.parametrize(
    ("changes", "lasts"),
    [
        pytest.param({"exp": NOW + 60}, 600, id="nobody knows since when"),
        pytest.param({"nbf": NOW, "exp": NOW + 60}, 60, id="LiveKit's own"),
        pytest.param({"iat": NOW - 10**5, "exp": NOW + 60}, 6 * 3600, id="of many days"),
    ],
)
def test_a_renewed_token_holds_as_long_as_the_one_before(changes: dict[str, object], lasts: float) -> None:
    claims = verify(mint("ours", KEYS["ours"], {"sub": "a", **changes}), KEYS, NOW)
    renewed = renewal(claims, claims.video, NOW + 40)
    assert renewed is not None
    assert renewed.exp == NOW + 40 + lasts


def test_one_token_is_read_and_never_one_of_two() -> None:
    assert one_of(["", "a", "", "a"]) == "a"
    for tokens in ([], ["", ""], ["a", "b"]):
        with pytest.raises(BadToken):
            one_of(tokens)


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
