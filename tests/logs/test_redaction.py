import pytest

from logs.redaction import MARK, redact, redact_field


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/sync?access_token=abc&since=s1", f"/sync?access_token={MARK}&since=s1"),
        ("GET /livekit/rtc?join_request=H4sI&access_token=ey.J HTTP/1.1",
         f"GET /livekit/rtc?join_request={MARK}&access_token={MARK} HTTP/1.1"),
        ("authorization: Bearer ey.J.x, more", f"authorization: Bearer {MARK}, more"),
        ('Digest username="201", realm="x", nonce="n1", uri="sip:x", response="6629fae4"',
         f'Digest username="201", realm="x", nonce="{MARK}", uri="sip:x", response="{MARK}"'),
        ("M_UNKNOWN_TOKEN for syt_YW5uYQ_x_1", f"M_UNKNOWN_TOKEN for {MARK}"),
        ("pin=123456789&x=1", f"pin={MARK}&x=1"),
        ("a synapse is away", "a synapse is away"),
        ("200 = good", "200 = good"),
    ],
)  # fmt: skip
def test_secrets_are_taken_out_of_what_anybody_says(said: str, told: str) -> None:
    assert redact(said) == told


@pytest.mark.parametrize(
    "name", ["password", "sip_password", "token", "access_token", "pin", "ha1_md5", "secret"]
)
def test_a_field_that_is_named_as_a_secret_says_nothing(name: str) -> None:
    assert redact_field(name, "abc") == MARK
    assert redact_field(name, None) is None


def test_fields_that_only_sound_like_it_are_told() -> None:
    assert redact_field("tokens_left", 3) == 3
    assert redact_field("has_password", True) is True
    assert redact_field("mapping", "x") == "x"


def test_secrets_deep_inside_are_found() -> None:
    value = {"trunk": {"name": "isp", "password": "abc"}, "urls": ["/a?token=abc"], "n": 1}
    assert redact_field("config", value) == {
        "trunk": {"name": "isp", "password": MARK},
        "urls": [f"/a?token={MARK}"],
        "n": 1,
    }


def test_a_structure_without_end_is_left_at_some_depth() -> None:
    endless: list[object] = []
    endless.append(endless)
    redact_field("x", endless)
