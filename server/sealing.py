"""Keeps secrets that must be read again from those who only read the database.

The key is a file of the data directory; a stolen copy of the database alone opens nothing.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken


class BrokenSeal(Exception):
    """What was to be opened was not sealed with this key."""


class Seal:
    """`key` is any secret text with 256 bits of chance; each purpose gets a key of its own from it."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(self._derived("fernet")))

    def seal(self, text: str) -> str:
        """Encrypted and authenticated (the Fernet specification: AES-128-CBC, HMAC-SHA-256)."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises `BrokenSeal`."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise BrokenSeal from error

    def seal_bytes(self, content: bytes) -> bytes:
        """The same of what is no text."""
        return self._fernet.encrypt(content)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Raises `BrokenSeal`."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise BrokenSeal from error

    def tag(self, purpose: str, *parts: str) -> str:
        """A keyed hash of `parts`: short codes cannot be guessed from it without the key."""
        content = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
        return hmac.new(self._derived(purpose), content, hashlib.sha256).hexdigest()

    def _derived(self, purpose: str) -> bytes:
        return hmac.new(self._key, b"unisono:" + purpose.encode(), hashlib.sha256).digest()
