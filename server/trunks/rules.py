"""What describes a line to the outside."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec
from cryptography import x509

from server.edge.refusals import Refusal
from server.numbers import numbers
from server.trunks.settings import (
    ADDRESSES_MAX,
    ANSWER_NOT_BEFORE,
    ANSWER_WITHIN,
    TLS_CA_MAX,
    Settings,
    network,
)

Kind = Literal["peer", "register"]
Transport = Literal["udp", "tcp", "tls"]

_NAME = re.compile(r"[a-z0-9-]{1,32}")
#: A host name, an IPv4 address or a bracketed IPv6 one: it is written into SIP messages as it stands.
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]")
#: A host with or without a port.
_PROXY = re.compile(rf"({_HOST.pattern})(:[0-9]{{1,5}})?")
#: Of a SIP URI, without what would need escaping.
_USER_PART = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$,#]{1,128}")
_USERNAME = re.compile(r"[^\s<>\"@;,\\\x00-\x1f\x7f]{1,128}")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_PREFIX = re.compile(r"[0-9*#+]{0,16}")
_PASSWORD_MAX = 256


class TrunkError(Refusal):
    """A refusal of the lines to the outside."""

    code = "trunk"


class InvalidTrunkName(TrunkError):
    """A trunk's name is of small letters, digits and hyphens, 32 at most."""

    code, field = "invalid_name", "name"


class InvalidHost(TrunkError):
    """The host is neither a name nor an address."""

    code, field = "invalid_host", "host"


class InvalidUsername(TrunkError):
    """The user name is too long or holds characters that cannot stand in SIP."""

    code, field = "invalid_username", "username"


class InvalidCallerId(TrunkError):
    """The caller id is not a telephone number."""

    code, field = "invalid_number", "caller_id"


class CredentialsMissing(TrunkError):
    """A trunk that registers needs a user name and a password."""

    code, field = "credentials_missing", "password"


class InvalidPassword(TrunkError):
    """The password is too long or holds control characters."""

    code, field = "invalid_password", "password"


class InvalidAddress(TrunkError):
    """One of the addresses is neither an IP address nor a network such as 192.0.2.0/24."""

    code, field = "invalid_address", "settings.addresses"


class InvalidAuthUsername(InvalidUsername):
    """The user name for digests is too long or holds characters that cannot stand in SIP."""

    field = "settings.auth_username"


class InvalidFrom(TrunkError):
    """The user or the domain for From cannot stand in SIP."""

    code, field = "invalid_from", "settings.from_user"


class InvalidProxy(TrunkError):
    """The outbound proxy is not a host, or a host with a port."""

    code, field = "invalid_proxy", "settings.outbound_proxy"


class InvalidPrefix(TrunkError):
    """A prefix is of digits, *, # and +, 16 at most."""

    code, field = "invalid_prefix", "settings.callee_prefix"


class InvalidTlsName(TrunkError):
    """The name of the certificate is neither a host name nor an address."""

    code, field = "invalid_tls_name", "settings.tls_name"


class InvalidAuthorities(TrunkError):
    """The authorities are not certificates in PEM."""

    code, field = "invalid_tls_ca", "settings.tls_ca"


class InvalidFingerprint(TrunkError):
    """The fingerprint is not a SHA-256: 64 hexadecimal digits, with or without colons."""

    code, field = "invalid_tls_fingerprint", "settings.tls_fingerprint"


class InvalidAnswerTime(TrunkError):
    """A call may ring for 10 to 600 seconds, and an answer be too early for 30 seconds at most."""

    code, field = "invalid_answer_time", "settings.answer_within_out"


class TrunkTaken(TrunkError):
    """There is a trunk of this name already."""

    code, status, field = "trunk_taken", 409, "name"


class UnknownTrunk(TrunkError):
    """There is no such trunk."""

    code, status = "unknown_trunk", 404


class TrunkOfTheFile(TrunkError):
    """This trunk stands in the configuration file: change it there and restart."""

    code, status = "trunk_of_the_file", 409


@dataclass(frozen=True, slots=True)
class Line:
    """A trunk without its password. `caller_id` in E.164 is shown for people without a number."""

    name: str
    kind: Kind
    host: str
    #: None: as the DNS says (RFC 3263).
    port: int | None = None
    transport: Transport = "udp"
    username: str | None = None
    caller_id: str | None = None
    enabled: bool = True
    settings: Settings = field(default_factory=Settings)

    @property
    def address(self) -> str:
        """Where it is, to be read."""
        return self.host if self.port is None else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class LineWithSecret:
    line: Line
    password: str | None = field(repr=False)


def check(line: Line, password: str | None, region: str) -> Line:
    """`line` tidied. `password` is the one it will have. Raises a `TrunkError`."""
    if not _NAME.fullmatch(line.name):
        raise InvalidTrunkName
    if not _HOST.fullmatch(line.host):
        raise InvalidHost
    username = line.username or None
    if username is not None and not _USERNAME.fullmatch(username):
        raise InvalidUsername
    if password is not None and (len(password) > _PASSWORD_MAX or not password.isprintable()):
        raise InvalidPassword
    if line.kind == "register" and not (username and password):
        raise CredentialsMissing
    try:
        caller_id = numbers.to_e164(line.caller_id, region) if line.caller_id else None
    except numbers.NotANumber as error:
        raise InvalidCallerId from error
    settings = check_settings(line.settings)
    return replace(line, username=username, caller_id=caller_id, settings=settings)


def check_settings(settings: Settings) -> Settings:
    """`settings` tidied. Raises a `TrunkError`."""
    auth_username, from_user = settings.auth_username or None, settings.from_user or None
    from_domain, proxy = settings.from_domain or None, settings.outbound_proxy or None
    if auth_username and not _USERNAME.fullmatch(auth_username):
        raise InvalidAuthUsername
    if (from_user and not _USER_PART.fullmatch(from_user)) or (
        from_domain and not _HOST.fullmatch(from_domain)
    ):
        raise InvalidFrom
    if proxy and not _PROXY.fullmatch(proxy):
        raise InvalidProxy
    if not all(_PREFIX.fullmatch(text) for text in (settings.callee_prefix, settings.inbound_prefix)):
        raise InvalidPrefix
    if not _sensible_answer_times(settings):
        raise InvalidAnswerTime
    return msgspec.structs.replace(
        _check_tls(settings),
        addresses=_networks(settings.addresses),
        auth_username=auth_username,
        from_user=from_user,
        from_domain=from_domain,
        outbound_proxy=proxy,
        caller_in=tuple(dict.fromkeys(settings.caller_in)),
    )


def _check_tls(settings: Settings) -> Settings:
    name, authorities = settings.tls_name or None, (settings.tls_ca or "").strip()
    if name and not _HOST.fullmatch(name):
        raise InvalidTlsName
    if authorities and not _are_certificates(authorities):
        raise InvalidAuthorities
    fingerprint = re.sub(r"[\s:]", "", settings.tls_fingerprint or "").lower()
    if fingerprint and not _FINGERPRINT.fullmatch(fingerprint):
        raise InvalidFingerprint
    return msgspec.structs.replace(
        settings,
        tls_name=name,
        tls_ca=f"{authorities}\n" if authorities else None,
        tls_fingerprint=fingerprint or None,
    )


def _are_certificates(text: str) -> bool:
    try:
        return len(text) <= TLS_CA_MAX and bool(x509.load_pem_x509_certificates(text.encode("ascii")))
    except ValueError:
        return False


def _sensible_answer_times(settings: Settings) -> bool:
    (shortest, longest), (earliest, latest) = ANSWER_WITHIN, ANSWER_NOT_BEFORE
    limits = (settings.answer_within_out, settings.answer_within_in)
    return all(shortest <= limit <= longest for limit in limits) and (
        earliest <= settings.answer_not_before <= latest
    )


def _networks(texts: Iterable[str]) -> tuple[str, ...]:
    try:
        found = dict.fromkeys(network(text) for text in texts if text.strip())
    except ValueError as error:
        raise InvalidAddress from error
    if len(found) > ADDRESSES_MAX:
        raise InvalidAddress
    return tuple(found)
