"""Secrets that the parts share: made at first start, kept as one file each, readable by their owner alone."""

import base64
import dataclasses
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path


def _token() -> str:
    return secrets.token_urlsafe(32)


def _signing_key() -> str:
    """Synapse's format: algorithm, key id, unpadded base64 of an Ed25519 seed (`signedjson.key`)."""
    seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return f"ed25519 a_{secrets.token_hex(2)} {seed}"


@dataclass(frozen=True)
class Secrets:
    """One file of `DATA/secrets` a field; a field added later is made at the next start."""

    #: Between the bridge and `/internal/v1`.
    internal_secret: str = field(repr=False, default_factory=_token)
    #: For whoever watches: `/metrics` of the web process and of the bridge.
    metrics_token: str = field(repr=False, default_factory=_token)
    #: The application service `unisono-sessions`.
    sessions_as_token: str = field(repr=False, default_factory=_token)
    sessions_hs_token: str = field(repr=False, default_factory=_token)
    #: The application service `unisono-telephone`.
    telephone_as_token: str = field(repr=False, default_factory=_token)
    telephone_hs_token: str = field(repr=False, default_factory=_token)
    #: The application service `unisono-search`.
    search_as_token: str = field(repr=False, default_factory=_token)
    search_hs_token: str = field(repr=False, default_factory=_token)
    #: Seals what must be read again (`server.sealing`): authenticators, mails that wait.
    sealing_key: str = field(repr=False, default_factory=_token)
    #: Between Synapse and our OIDC provider.
    oidc_client_secret: str = field(repr=False, default_factory=_token)
    #: Signs the provider's tokens (`accounts.oidc.keys`): what a P-256 key is derived from.
    oidc_signing_seed: str = field(repr=False, default_factory=_token)
    #: Signs the tokens for group calls.
    sfu_secret: str = field(repr=False, default_factory=_token)
    #: Synapse's own.
    macaroon_secret: str = field(repr=False, default_factory=_token)
    form_secret: str = field(repr=False, default_factory=_token)
    signing_key: str = field(repr=False, default_factory=_signing_key)


def load_or_create(folder: Path) -> Secrets:
    """The secrets of `folder`; what is missing is made and written with mode 0600."""
    fresh = Secrets()
    return Secrets(
        **{
            item.name: _keep(folder / item.name, getattr(fresh, item.name))
            for item in dataclasses.fields(Secrets)
        }
    )


def _keep(path: Path, fresh: str) -> str:
    if path.exists():
        return path.read_text("ascii").strip()
    write_private(path, fresh + "\n")
    return fresh


def write_private(path: Path, text: str) -> None:
    """Write `text` so that a reader sees the old file or the new one, and nobody else sees either."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
