"""The organisation's own certificate authority, for desk phones that speak SIP over TLS (RFC 5280, RFC 5922).

RSA, because telephones live long and old ones know nothing else.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["LIFETIME", "Keyed", "Seen", "issue", "make_authority", "read"]

AUTHORITY_LIFETIME = timedelta(days=3650)
LIFETIME = timedelta(days=366)
#: The clocks of telephones are wrong, mostly by less.
EARLIER = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A certificate with its key, both PEM."""

    certificate: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a certificate says: for whom, until when, and its SHA-256 in the usual spelling."""

    names: tuple[str, ...]
    until: datetime
    fingerprint: str


def make_authority(organisation: str, now: datetime) -> Keyed:
    """A new authority; it signs nothing but certificates of servers themselves."""
    key = rsa.generate_private_key(65537, 3072)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation} telephones"[:64])])
    builder = (
        _certificate(name, name, key.public_key(), now, AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _pem(builder.sign(key, hashes.SHA256()), key)


def issue(authority: Keyed, names: Sequence[str], now: datetime) -> Keyed:
    """A certificate of a server for these names and addresses; the PEM has the authority's after it.

    Raises `ValueError` if `authority` is none.
    """
    signing = serialization.load_pem_private_key(authority.key.encode(), None)
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
    if not isinstance(signing, rsa.RSAPrivateKey):
        raise ValueError("the authority's key is not RSA")  # noqa: TRY004 - it came from a file
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    builder = (
        _certificate(subject, issuer.subject, key.public_key(), now, LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
    )
    issued = _pem(builder.sign(signing, hashes.SHA256()), key)
    return Keyed(issued.certificate + authority.certificate, issued.key)


def read(certificate: str) -> Seen:
    """The first certificate of a PEM text. Raises `ValueError`."""
    found = x509.load_pem_x509_certificate(certificate.encode())
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        said = [str(name.value) for name in names]
    except x509.ExtensionNotFound:
        said = []
    return Seen(tuple(said), found.not_valid_after_utc, found.fingerprint(hashes.SHA256()).hex(":").upper())


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + lifetime)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode() if not name.isascii() else name)


def _pem(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> Keyed:
    return Keyed(
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
    )
