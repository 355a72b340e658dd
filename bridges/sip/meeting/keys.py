"""The keys of an encrypted meeting, as somebody has them who knows nothing but the secret of its links.

In the words of the web client (`sealed.ts`, `keyTalk.ts`, `visitorKeys.ts` in its `meetings/session`):
visitors' media keys follow from the secret (HKDF, RFC 5869, with SHA-256), members hand theirs on sealed with
it (AES-GCM).
"""

import base64
import binascii
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: Of the data packets.
TOPIC = "keys"
_MEDIA, _NAME, _BOX, _NONCE = 16, 8, 32, 12
#: Slots of a key ring.
_RING = 256
_LONGEST = 4096


class NoSecret(ValueError):
    """This is not the secret of a link."""


@dataclass(frozen=True, slots=True)
class MediaKey:
    """What `identity` encrypts with, in slot `index` of the ring."""

    identity: str
    raw: bytes
    index: int


def is_visitor(identity: str) -> bool:
    """Whether MatrixRTC gives this participant no key: it follows from the secret."""
    return identity.startswith(("@_guest_", "@_tel_"))


class LinkSecret:
    """Args: text, as it stands in the link: 32 bytes in base64url. Raises NoSecret."""

    def __init__(self, text: str) -> None:
        try:
            self._raw = _decode(text)
        except binascii.Error as error:
            raise NoSecret from error
        if len(self._raw) != 32:
            raise NoSecret
        self.name = _encode(self._derive("name", _NAME))

    def of(self, identity: str) -> MediaKey:
        """The key of a visitor."""
        return MediaKey(identity, self._derive(f"media {identity}", _MEDIA), 0)

    def ask(self) -> bytes:
        """What is said to members, who answer with their keys."""
        return json.dumps({"kind": "ask", "name": self.name}).encode()

    def read(self, payload: bytes, sender: str) -> MediaKey | None:
        """The sender's key out of their answer; None for anything else that somebody may send."""
        try:
            word = json.loads(payload) if len(payload) <= _LONGEST else None
            if not isinstance(word, dict) or (word.get("kind"), word.get("name")) != ("key", self.name):
                return None
            box = _decode(str(word.get("box")))
            opened = AESGCM(self._derive(f"box key {sender}", _BOX)).decrypt(box[:_NONCE], box[_NONCE:], None)
            content = json.loads(opened)
            raw, index = _decode(content["key"]), content["index"]
        except (ValueError, InvalidTag, KeyError, TypeError, AttributeError):
            return None
        if not raw or not isinstance(index, int) or not 0 <= index < _RING:
            return None
        return MediaKey(sender, raw, index)

    def _derive(self, info: str, length: int) -> bytes:
        return HKDF(SHA256(), length, salt=b"", info=f"unisono {info}".encode()).derive(self._raw)


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
