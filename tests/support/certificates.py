"""Certificates for tests, from the authority that the product makes for telephones."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from server.certificates.authority import Keyed, issue, make_authority


def authority(name: str = "Test") -> Keyed:
    """One authority a name: keys take a while."""
    return _made(name)


@cache
def _made(name: str) -> Keyed:
    return make_authority(name, datetime.now(UTC))


def issued(*names: str, by: str = "Test") -> Keyed:
    """A server's certificate for these names."""
    return _issued(names, by)


@cache
def _issued(names: tuple[str, ...], by: str) -> Keyed:
    return issue(authority(by), names, datetime.now(UTC))


@dataclass(frozen=True)
class Files:
    """As they lie on disk."""

    certificate: Path
    key: Path

    @property
    def both(self) -> tuple[Path, Path]:
        return self.certificate, self.key


def written(folder: Path, keyed: Keyed) -> Files:
    """`keyed` in two files of `folder`."""
    files = Files(folder / "certificate.pem", folder / "key.pem")
    files.certificate.write_text(keyed.certificate)
    files.key.write_text(keyed.key)
    return files
