"""Bencode: strings, integers, lists and dictionaries as bytes (BitTorrent BEP 3). Pure.

Text is UTF-8; bytes that are none survive as surrogates (PEP 383), so that what came can be given back.
Keys of dictionaries are text. Unlike BEP 3 keys may come in any order, as rtpengine's clients send them.
"""

from collections.abc import Callable

#: Text, a whole number, a list, or a dictionary of them.
Value = str | int | list["Value"] | dict[str, "Value"]

#: Nested lists and dictionaries; a message of the ng protocol needs six.
MAX_DEPTH = 16
#: Digits of a number: 64 bits.
_MAX_DIGITS = 20


class BencodeError(ValueError):
    """The bytes are no bencode, or there are bytes left behind the value."""


def encode(value: Value) -> bytes:
    """The bytes of a value, keys in order of their bytes."""
    pieces: list[bytes] = []
    _write(value, pieces.append)
    return b"".join(pieces)


def _write(value: Value, put: Callable[[bytes], None]) -> None:
    if isinstance(value, str):
        raw = _raw(value)
        put(b"%d:%b" % (len(raw), raw))
    elif isinstance(value, int):
        put(b"i%de" % value)
    elif isinstance(value, list):
        put(b"l")
        for item in value:
            _write(item, put)
        put(b"e")
    else:
        put(b"d")
        for raw, key in sorted([(_raw(key), key) for key in value]):
            put(b"%d:%b" % (len(raw), raw))
            _write(value[key], put)
        put(b"e")


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def decode(data: bytes) -> Value:
    """The one value that `data` holds.

    Raises:
        BencodeError: it holds none, more than one, one that is nested too deep, or a key twice.
    """
    value, end = _value(data, 0, 0)
    if end != len(data):
        raise BencodeError(f"{len(data) - end} bytes behind the value")
    return value


#: Bytes as numbers: a slice of one byte each would take most of the time.
_ZERO, _NINE, _INTEGER, _LIST, _DICTIONARY, _END = b"09ilde"


def _value(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    first = data[at] if at < len(data) else 0
    if _ZERO <= first <= _NINE:
        return _read_string(data, at)
    if first == _INTEGER:
        return _read_integer(data, at)
    if first not in (_LIST, _DICTIONARY):
        raise BencodeError(f"no value at byte {at}")
    if depth >= MAX_DEPTH:
        raise BencodeError(f"nested deeper than {MAX_DEPTH}")
    return (_read_list if first == _LIST else _read_dictionary)(data, at + 1, depth + 1)


def _read_string(data: bytes, at: int) -> tuple[str, int]:
    colon = data.find(b":", at, at + _MAX_DIGITS)
    digits = data[at:colon] if colon > 0 else b""
    if not digits.isdigit() or (len(digits) > 1 and digits[0] == _ZERO):
        raise BencodeError(f"no length of a string at byte {at}")
    end = colon + 1 + int(digits)
    if end > len(data):
        raise BencodeError(f"the string at byte {at} is cut")
    return data[colon + 1 : end].decode("utf-8", "surrogateescape"), end


def _read_integer(data: bytes, at: int) -> tuple[int, int]:
    end = data.find(b"e", at + 1, at + 2 + _MAX_DIGITS)
    digits = data[at + 1 : end] if end > 0 else b""
    plain = digits.removeprefix(b"-")
    if not plain.isdigit() or (plain[0] == _ZERO and digits != b"0"):
        raise BencodeError(f"no integer at byte {at}")
    return int(digits), end + 1


def _read_list(data: bytes, at: int, depth: int) -> tuple[list[Value], int]:
    found: list[Value] = []
    size = len(data)
    while at >= size or data[at] != _END:
        item, at = _value(data, at, depth)
        found.append(item)
    return found, at + 1


def _read_dictionary(data: bytes, at: int, depth: int) -> tuple[dict[str, Value], int]:
    found: dict[str, Value] = {}
    size = len(data)
    while at >= size or data[at] != _END:
        if at >= size or not _ZERO <= data[at] <= _NINE:
            raise BencodeError(f"no key at byte {at}")
        key, at = _read_string(data, at)
        if key in found:
            raise BencodeError(f"the key at byte {at} stands there twice")
        found[key], at = _value(data, at, depth)
    return found, at + 1
