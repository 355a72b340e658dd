"""The certificate that telephones are shown, and the authority that signs it: files, made when missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from server.certificates import authority
from server.certificates.authority import Keyed, Seen
from server.certificates.rules import is_due
from server.secrets import write_private

__all__ = ["Certificates", "UnusableCertificate"]


class UnusableCertificate(Exception):
    """A file that is there cannot be used; the message names it."""


@dataclass(frozen=True)
class Certificates:
    """The files of `folder`, mode 0600. Telephones are given `authority_certificate`: it lasts ten years."""

    folder: Path

    @property
    def authority_certificate(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        return self.folder / "authority.key"

    @property
    def certificate(self) -> Path:
        return self.folder / "sip.pem"

    @property
    def key(self) -> Path:
        return self.folder / "sip.key"

    def ensure(self, organisation: str, names: Sequence[str], now: datetime, *, anew: bool = False) -> bool:
        """Make what is missing or due; whether there is a new certificate. An authority is made once only.

        Raises `UnusableCertificate`, `OSError`.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.authority_certificate.exists() and self.authority_key.exists()):
            self._write(
                authority.make_authority(organisation, now), self.authority_certificate, self.authority_key
            )
        elif self.certificate.exists() and self.key.exists() and not anew:
            seen = self.seen()
            if not is_due(seen.names, seen.until, names, now):
                return False
        signing = Keyed(self.authority_certificate.read_text("ascii"), self.authority_key.read_text("ascii"))
        try:
            issued = authority.issue(signing, names, now)
        except (ValueError, TypeError) as error:
            raise UnusableCertificate(f"{self.authority_key} does not sign: {error}") from error
        self._write(issued, self.certificate, self.key)
        return True

    def seen(self) -> Seen:
        """What the certificate says. Raises `UnusableCertificate`, `OSError`."""
        return read(self.certificate)

    @staticmethod
    def _write(keyed: Keyed, certificate: Path, key: Path) -> None:
        write_private(key, keyed.key)
        write_private(certificate, keyed.certificate)


def read(certificate: Path) -> Seen:
    """What a certificate's file says. Raises `UnusableCertificate`, `OSError`."""
    try:
        return authority.read(certificate.read_text("ascii"))
    except (ValueError, UnicodeDecodeError) as error:
        raise UnusableCertificate(f"{certificate} is no certificate in PEM") from error
