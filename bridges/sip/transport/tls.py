"""SIP over TLS: our certificate, and whom we believe at the other end (RFC 3261, Section 26; RFC 5922)."""

import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["Mistrusted", "OwnCertificate", "TlsPeer", "client_context", "is_named", "why_not"]


class Mistrusted(OSError):
    """The other end is not who it should be; the message says why."""


class OwnCertificate:
    """What we show to those who connect. The files are read again when they change (they are renewed)."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises `OSError` for files that cannot be used."""
        self._certificate, self._key = certificate, key
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.options |= ssl.OP_NO_RENEGOTIATION
        self._seen = self._stamp()
        self.context.load_cert_chain(certificate, key)

    def reload(self) -> bool:
        """Whether other files than before are shown from now on. Raises `OSError`; the old ones stay then."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        # Tried apart: a certificate whose key is still the old one must not spoil what works.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._certificate, self._key)
        self.context.load_cert_chain(self._certificate, self._key)
        self._seen = stamp
        return True

    def _stamp(self) -> tuple[int, int]:
        return self._certificate.stat().st_mtime_ns, self._key.stat().st_mtime_ns


@dataclass(frozen=True, slots=True)
class TlsPeer:
    """A line's other end: its certificate is for all `names` and signed by one of `ca` (PEM; None: of the
    authorities that the machine trusts), or it is the one whose SHA-256 `fingerprint` is known."""

    names: tuple[str, ...]
    ca: str | None = None
    fingerprint: str | None = None

    def check(self, link: ssl.SSLObject) -> None:
        """What the handshake did not. Raises `Mistrusted`."""
        if self.fingerprint is not None:
            shown = hashlib.sha256(link.getpeercert(binary_form=True) or b"").hexdigest()
            if shown != plain(self.fingerprint):
                raise Mistrusted(f"another certificate than the one pinned: its SHA-256 is {shown}")
        else:
            for name in self.names[1:]:
                if not is_named(link.getpeercert() or {}, name):
                    raise Mistrusted(f"the certificate is not for {name}")


def plain(fingerprint: str) -> str:
    """A fingerprint as hex digits alone, however it was written."""
    return "".join(letter for letter in fingerprint.lower() if letter in "0123456789abcdef")


def client_context(peer: TlsPeer) -> ssl.SSLContext:
    """For a connection to `peer`. Raises `Mistrusted` if its `ca` is no certificate."""
    return _client_context(peer.ca, peer.fingerprint is not None)


@lru_cache(maxsize=64)
def _client_context(ca: str | None, pinned: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=ca)
    except (ssl.SSLError, ValueError) as error:
        raise Mistrusted("the authorities given for this line are no certificates") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if pinned:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def is_named(certificate: Mapping[str, Any], name: str) -> bool:
    """Whether a certificate, as `getpeercert` gives it, is for `name`: `*` stands for one whole label."""
    wanted = name.lower().rstrip(".")
    names = {wanted, f"*.{wanted.partition('.')[2]}"}
    for kind, value in certificate.get("subjectAltName", ()):
        shown = str(value).lower()
        if kind == "DNS" and shown in names:
            return True
        if kind == "IP Address" and shown == wanted.strip("[]"):
            return True
    return False


def why_not(error: BaseException) -> str:
    """A failed connection in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or 'no handshake').replace('_', ' ').lower()}"
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, Mistrusted):
        return str(error)
    return str(getattr(error, "strerror", None) or error)
