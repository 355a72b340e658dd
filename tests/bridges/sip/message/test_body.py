"""Bodies of one part and of many (field case 4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.sip.message.body import MAX_DEPTH, MAX_PARTS, BodyPart, split_body

OFFER = b"v=0\r\nm=audio 4000 RTP/AVP 8\r\n"
ISUP = b"\x01\x00\x0d\x0a--\xff"
OPTIONAL = b"Content-Disposition: signal;handling=optional\r\n"


def joined(*sections: bytes, boundary: bytes = b"b", end: bytes = b"\r\n--b--\r\n") -> bytes:
    return b"".join(b"\r\n--" + boundary + b"\r\n" + section for section in sections)[2:] + end


SDP_PART = b"Content-Type: application/sdp\r\n\r\n" + OFFER
ISUP_PART = b"Content-Type: application/isup;version=itu-t92+\r\n" + OPTIONAL + b"\r\n" + ISUP


def offer_in(content_type: str, body: bytes) -> bytes | None:
    return next((part.data for part in split_body(content_type, "", body) if part.is_session), None)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/sdp", OFFER),
        ("Application/SDP ; charset=utf-8", OFFER),
        ("", OFFER),
        ("multipart/mixed;boundary=b", joined(SDP_PART, ISUP_PART)),
        ("multipart/mixed;boundary=b", joined(ISUP_PART, SDP_PART)),
        ('multipart/mixed; boundary="b"', joined(SDP_PART, ISUP_PART)),
        ('Multipart/Mixed; x=y; Boundary = "b"', joined(SDP_PART)),
        (
            'multipart/mixed;boundary="=_(a b)?"',
            joined(SDP_PART, boundary=b"=_(a b)?", end=b"\r\n--=_(a b)?--"),
        ),
        ("multipart/mixed;boundary=b", b"a preamble\r\n--bc\r\n" + joined(SDP_PART) + b"an epilogue --b"),
        ("multipart/mixed;boundary=b", joined(SDP_PART, end=b"\r\n--b--")),
        ("multipart/mixed;boundary=b", joined(SDP_PART, ISUP_PART, end=b"")),
        ("multipart/mixed;boundary=b", joined(b"\r\n" + OFFER)),
        ("multipart/mixed;boundary=b", joined(b"content-type :application/sdp\r\n\r\n" + OFFER)),
        ("multipart/mixed;boundary=b", joined(b"Content-Type:\r\n application/sdp\r\n\r\n" + OFFER)),
        ("multipart/mixed;boundary=b", joined(SDP_PART).replace(b"\r\n--b", b"\n--b")),
        ("multipart/mixed", joined(SDP_PART, ISUP_PART)),
        ("multipart/related;boundary=b;type=application/sdp", joined(SDP_PART)),
        ("multipart/alternative;boundary=b", joined(b"Content-Type: text/plain\r\n\r\nno", SDP_PART)),
        (
            "multipart/mixed;boundary=o",
            joined(
                b"Content-Type: multipart/alternative;boundary=b\r\n\r\n" + joined(SDP_PART),
                boundary=b"o",
                end=b"\r\n--o--",
            ),
        ),
    ],
)
def test_the_offer_is_found_inside(content_type: str, body: bytes) -> None:
    """Case 4: SDP in multipart bodies: quoted boundaries, preamble, nested, binary parts beside it."""
    assert (offer_in(content_type, body) or b"").rstrip() == OFFER.rstrip()
    assert not [part for part in split_body(content_type, "", body) if part.required and not part.is_session]


def test_binary_parts_come_out_byte_for_byte() -> None:
    parts = split_body("multipart/mixed;boundary=b", "", joined(SDP_PART, ISUP_PART))
    assert parts[1] == BodyPart("application/isup", ISUP, "signal", required=False)


def test_encoded_parts_are_decoded() -> None:
    encoded = b"Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\ndj0wDQo=\r\n"
    assert offer_in("multipart/mixed;boundary=b", joined(encoded)) == b"v=0\r\n"


@pytest.mark.parametrize(
    ("content_type", "disposition", "body", "required"),
    [
        ("application/isup", "", ISUP, True),
        ("application/isup", "signal;handling=OPTIONAL", ISUP, False),
        ("multipart/mixed;boundary=b", "", joined(ISUP_PART.replace(OPTIONAL, b"")), True),
        ("multipart/mixed;boundary=b", "", joined(ISUP_PART.replace(b"=optional", b"=required")), True),
        (
            "multipart/mixed;boundary=b",
            "x;handling=optional",
            joined(ISUP_PART.replace(OPTIONAL, b"")),
            False,
        ),
        ("multipart/mixed;boundary=b", "", joined(ISUP_PART), False),
    ],
)
def test_what_is_not_known_refuses_unless_it_is_optional(
    content_type: str, disposition: str, body: bytes, required: bool
) -> None:
    """Case 4: RFC 5621, Section 8: handling is required unless it is said to be optional."""
    (part,) = split_body(content_type, disposition, body)
    assert (part.kind, part.required) == ("application/isup", required)


def test_an_early_session_is_not_the_session() -> None:
    early = (
        b"Content-Type: application/sdp\r\nContent-Disposition: early-session;handling=optional\r\n\r\nv=9"
    )
    assert offer_in("multipart/mixed;boundary=b", joined(early, SDP_PART)) == OFFER


def test_nesting_and_number_of_parts_are_bounded() -> None:
    body = joined(*[ISUP_PART] * 1000)
    assert len(split_body("multipart/mixed;boundary=b", "", body)) == MAX_PARTS + 1
    inner = SDP_PART
    for level in range(MAX_DEPTH + 2):
        name = b"b%d" % level
        nested = joined(inner, boundary=name, end=b"\r\n--" + name + b"--")
        inner = b"Content-Type: multipart/mixed;boundary=" + name + b"\r\n\r\n" + nested
    (deep,) = split_body("multipart/mixed;boundary=b", "", joined(inner))
    assert deep.kind == "multipart/mixed"


@given(st.text(max_size=60), st.text(max_size=40), st.binary(max_size=400))
def test_no_body_raises(content_type: str, disposition: str, data: bytes) -> None:
    split_body(content_type, disposition, data)
    split_body(f"multipart/mixed;boundary={content_type}", disposition, data)
    split_body("multipart/mixed;boundary=b", disposition, joined(data, data))
