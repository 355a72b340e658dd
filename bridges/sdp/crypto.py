"""Keys of SRTP in descriptions (SDES, RFC 4568): `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…`. Pure.

Whoever reads the signalling reads the keys: they are worth what its transport is worth (TLS).
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

#: Bytes of key and salt of each suite that is carried (RFC 4568, Section 6.2; RFC 7714, Section 14.2).
SUITES = {"AES_CM_128_HMAC_SHA1_80": 30, "AES_CM_128_HMAC_SHA1_32": 30, "AEAD_AES_128_GCM": 28}

#: Key and salt, perhaps how long they live. A master key identifier (`|1:4`) is not carried.
_INLINE = re.compile(r"inline:([A-Za-z0-9+/=]{20,100})(\|(2\^)?[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Crypto:
    """One line.

    Attributes:
        tag: names the line in its answer.
        suite: one of `SUITES`.
        key: master key and salt of what the writer of the line sends.
    """

    tag: int
    suite: str
    key: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"{self.tag} {self.suite} inline:{b64encode(self.key).decode()}"


def read(values: Iterable[str | None]) -> tuple[Crypto, ...]:
    """The lines that can be carried, in the order of the writer's preference.

    Left out are unknown suites, several keys in one line, and session parameters: most of them switch a part
    of the protection off (RFC 4568, Section 6.3).
    """
    found = (_line(value or "") for value in values)
    return tuple(crypto for crypto in found if crypto is not None)


def _line(value: str) -> Crypto | None:
    words = value.split()
    if len(words) != 3 or not re.fullmatch(r"[0-9]{1,9}", words[0]):
        return None
    inline = _INLINE.fullmatch(words[2])
    if inline is None or words[1] not in SUITES:
        return None
    try:
        key = b64decode(inline[1], validate=True)
    except binascii.Error:
        return None
    return Crypto(int(words[0]), words[1], key) if len(key) == SUITES[words[1]] else None
