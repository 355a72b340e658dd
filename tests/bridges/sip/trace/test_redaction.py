"""No secret is kept, and what explains a call stays."""

import json

import pytest

from bridges.sip.trace import redaction


def shown(head: str, body: str = "") -> str:
    return redaction.sip(f"{head}\r\n\r\n{body}".encode())[0]


@pytest.mark.parametrize(
    "line",
    [
        'Authorization: Digest username="201", realm="r", response="SECRET", uri="sip:r", cnonce="SECRET"',
        'Proxy-Authorization:Digest username="201",response = SECRET , qop=auth, nc=00000001',
        "AUTHORIZATION: Bearer SECRET",
        "authorization: Basic SECRET",
        'Authorization: Digest username="201",\r\n response="SECRET"',
        "Contact: <sip:201:SECRET@192.0.2.1>",
        "Cookie: session=SECRET",
        "Refer-To: <https://host.example/path?access_token=SECRET>",
    ],
)
def test_what_proves_who_somebody_is_goes(line: str) -> None:
    text = shown(f"INVITE sip:202@localhost SIP/2.0\r\n{line}\r\nCall-ID: x")
    assert "SECRET" not in text
    assert text.endswith("Call-ID: x\r\n\r\n")


def test_of_a_digest_who_and_for_what_stay() -> None:
    text = shown(
        'SIP/2.0 200 OK\r\nAuthorization: Digest username="201", realm="r", response="abc", uri="sip:r"'
    )
    assert all(part in text for part in ('username="201"', 'realm="r"', 'uri="sip:r"'))


@pytest.mark.parametrize(
    "line",
    [
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET|2^20|1:32",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET;inline:SECRET",
        "a=ice-pwd:SECRET",
        "k=base64:SECRET",
        "a=key-mgmt:mikey SECRET",
        "Signal=SECRET",
        "  signal = SECRET",
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_keys_in_a_body_go_and_its_lines_stay(line: str, end: str) -> None:
    body = end.join(["v=0", "c=IN IP4 192.0.2.1", line, "a=ptime:20", ""])
    text = shown("INFO sip:202@localhost SIP/2.0", body)
    assert "SECRET" not in text
    assert text.count("\n") == body.count("\n") + 2
    assert f"c=IN IP4 192.0.2.1{end}" in text
    assert f"a=ptime:20{end}" in text


@pytest.mark.parametrize("kind", ["application/dtmf", "application/dtmf; charset=utf-8", "APPLICATION/DTMF"])
def test_a_key_that_is_the_whole_body_goes(kind: str) -> None:
    assert "5" not in shown(f"INFO sip:x SIP/2.0\r\nContent-Type: {kind}", "5")


def test_keys_of_the_webrtc_side_go_from_matrix_events() -> None:
    offer = {"sdp": "v=0\r\na=ice-pwd:SECRET\r\na=ice-ufrag:abcd\r\n", "type": "offer"}
    text, _ = redaction.matrix("m.call.invite", "@anna:localhost", {"call_id": "1", "offer": offer})
    assert "SECRET" not in text
    event = json.loads(text)
    assert event["sender"] == "@anna:localhost"
    assert "a=ice-ufrag:abcd" in event["content"]["offer"]["sdp"]


@pytest.mark.parametrize(("longer", "cut"), [(0, False), (1, True)])
def test_a_long_message_is_cut_and_says_so(longer: int, cut: bool) -> None:
    head = "MESSAGE sip:x SIP/2.0"
    text, was_cut = redaction.sip(
        f"{head}\r\n\r\n{'x' * (redaction.LONGEST - len(head) - 4 + longer)}".encode()
    )
    assert (len(text), was_cut) == (redaction.LONGEST, cut)


def test_bytes_that_are_no_text_are_kept_as_well_as_they_can_be() -> None:
    assert "\ufffd" in redaction.sip(b"INVITE sip:\xff SIP/2.0\r\n\r\n")[0]
