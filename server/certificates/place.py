"""Which certificate telephones are shown, by the configuration: the organisation's own, or ours."""

from datetime import UTC, datetime
from pathlib import Path

from server.certificates.rules import server_names
from server.certificates.store import Certificates
from server.config import Config, DataDir

__all__ = ["certificates", "ensure", "files", "names"]


def certificates(data: DataDir) -> Certificates:
    """Ours."""
    return Certificates(data.secrets / "telephones")


def names(config: Config) -> tuple[str, ...]:
    """What telephones may call this server."""
    hosts = (config.sip.host, config.sip.advertised_host, *config.media.advertised.values())
    return server_names(config.organisation.domain, hosts)


def files(config: Config, data: DataDir) -> tuple[Path, Path] | None:
    """Certificate and key that the bridge shows; None where nobody speaks TLS."""
    if not (config.sip.enabled and config.sip.tls_port):
        return None
    if config.sip.tls_certificate_file:
        return Path(config.sip.tls_certificate_file), Path(config.sip.tls_key_file)
    own = certificates(data)
    return own.certificate, own.key


def ensure(config: Config, data: DataDir, *, anew: bool = False) -> bool:
    """Make ours where it is shown, and missing or due; whether there is a new one.

    Raises `UnusableCertificate`, `OSError`.
    """
    if files(config, data) is None or config.sip.tls_certificate_file:
        return False
    name = config.organisation.name or config.organisation.domain
    return certificates(data).ensure(name, names(config), datetime.now(UTC), anew=anew)
