"""Bencode: what is written can be read, and whatever else comes is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import bencode
from wire.bencode import BencodeError, Value

values: st.SearchStrategy[Value] = st.recursive(
    st.text() | st.integers(-(2**63), 2**63 - 1),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_is_written_is_read(value: Value) -> None:
    try:
        raw = bencode.encode(value)
    except UnicodeEncodeError:  # a lone surrogate is no text of ours
        return
    try:
        assert bencode.decode(raw) == value
    except BencodeError as error:
        assert "nested" in str(error)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    try:
        value = bencode.decode(data)
    except BencodeError:
        return
    assert bencode.decode(bencode.encode(value)) == value


@given(values, st.data())
def test_a_value_that_is_cut_is_refused(value: Value, data: st.DataObject) -> None:
    try:
        raw = bencode.encode(value)
    except UnicodeEncodeError:
        return
    with pytest.raises(BencodeError):
        bencode.decode(raw[: data.draw(st.integers(0, len(raw) - 1))])


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"4:ping", "ping"),
        (b"0:", ""),
        (b"i-12e", -12),
        (b"i0e", 0),
        (b"le", []),
        (b"d1:b1:x1:ai1ee", {"b": "x", "a": 1}),
        (b"6:" + "è €".encode(), "è €"),
    ],
)
def test_forms(raw: bytes, value: Value) -> None:
    assert bencode.decode(raw) == value


def test_bytes_that_are_no_text_come_back_as_they_were() -> None:
    assert bencode.encode(bencode.decode(b"2:\xff\x80")) == b"2:\xff\x80"


@pytest.mark.parametrize(
    "raw",
    [b"", b"1" * 21 + b":x", b"5:ping", b"04:ping", b"-1:x", b"4ping", b"i-0e", b"i01e", b"ie", b"i1",
     b"i1x", b"l", b"l4:ping", b"d4:pinge", b"di1e1:xe", b"d1:a1:x1:a1:ye", b"4:pingx", b"x",
     b"i" + b"1" * 21 + b"e"],
)  # fmt: skip
def test_forms_that_are_refused(raw: bytes) -> None:
    with pytest.raises(BencodeError):
        bencode.decode(raw)


def test_depth_is_limited() -> None:
    whole = b"l" * bencode.MAX_DEPTH + b"e" * bencode.MAX_DEPTH
    bencode.decode(whole)
    with pytest.raises(BencodeError):
        bencode.decode(b"l" + whole + b"e")
    with pytest.raises(BencodeError):
        bencode.decode(b"l" * 60_000)
