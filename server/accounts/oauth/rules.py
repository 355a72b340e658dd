"""What Matrix clients may ask of the OAuth 2.0 API: their metadata, redirect URIs and scopes.

Matrix spec v1.15, "OAuth 2.0 API" (MSC2964, MSC2966, MSC2967).
"""

import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

ApplicationType = Literal["web", "native"]

GRANT_TYPES = ("authorization_code", "refresh_token")
_NAME_MAX = 64
_URI_MAX = 512
_URIS_MAX = 10
#: A device id has at least ten unreserved characters (RFC 3986, Section 2.3), not to be guessed or shared.
_DEVICE = re.compile(r"[A-Za-z0-9._~-]{10,255}")
_PREFIXES = ("urn:matrix:client:", "urn:matrix:org.matrix.msc2967.client:")
#: RFC 3986, Section 2, without what browsers read as something else.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
#: Device ids that we give to our own pages' sessions, and the telephones' (`composition`, `bridges.sip`).
_OURS = ("UNISONO",)


class MetadataRefused(Exception):
    """A registration that cannot be. `error` is of RFC 7591, Section 3.2.2; the words are for developers."""

    def __init__(self, error: Literal["invalid_redirect_uri", "invalid_client_metadata"], words: str) -> None:
        super().__init__(words)
        self.error = error


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A registered client, which is public: nothing it holds proves that it is what it says.

    `client_id` follows from the rest, so that a client that registers again is the same one.
    """

    client_id: str
    name: str
    uri: str
    application_type: ApplicationType
    redirect_uris: tuple[str, ...]

    @property
    def host(self) -> str:
        return urlsplit(self.uri).hostname or ""


def registered(metadata: Mapping[str, Any]) -> OAuthClient:
    """The client of this metadata (RFC 7591, Section 2); what is not used is not looked at.

    Raises `MetadataRefused`.
    """
    uri = _client_uri(metadata.get("client_uri"))
    kind = metadata.get("application_type", "web")
    if kind not in ("web", "native"):
        raise MetadataRefused("invalid_client_metadata", "application_type is web or native")
    _check_listed(metadata, "grant_types", "authorization_code")
    _check_listed(metadata, "response_types", "code")
    base = urlsplit(uri)
    redirects = _redirect_uris(metadata.get("redirect_uris"), kind, base)
    name = _client_name(metadata.get("client_name")) or base.hostname or ""
    described = json.dumps([name, uri, kind, redirects], ensure_ascii=False)
    client_id = hashlib.sha256(b"unisono:oauth:" + described.encode()).hexdigest()[:32]
    return OAuthClient(client_id, name, uri, kind, tuple(redirects))


def _client_uri(value: Any) -> str:
    parts = _parts(value)
    if parts is None or parts.scheme != "https" or _has_userinfo(parts) or not parts.hostname:
        raise MetadataRefused("invalid_client_metadata", "client_uri is an https address without a user")
    return str(value)


def _client_name(value: Any) -> str:
    """One line, without what turns text around or hides in it."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MetadataRefused("invalid_client_metadata", "client_name is text")
    shown = "".join(letter for letter in " ".join(value.split()) if letter.isprintable())
    return shown[:_NAME_MAX].strip()


def _check_listed(metadata: Mapping[str, Any], key: str, needed: str) -> None:
    value = metadata.get(key)
    if value is not None and (not isinstance(value, list) or needed not in value):
        raise MetadataRefused("invalid_client_metadata", f"{key} must include {needed}")


def _redirect_uris(value: Any, kind: ApplicationType, base: SplitResult) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= _URIS_MAX:
        raise MetadataRefused("invalid_redirect_uri", f"redirect_uris has 1 to {_URIS_MAX} addresses")
    for uri in value:
        if not may_redirect(uri, kind, base):
            raise MetadataRefused("invalid_redirect_uri", "a redirect URI breaks the rules of its kind")
    return list(dict.fromkeys(value))


def may_redirect(uri: Any, kind: ApplicationType, base: SplitResult) -> bool:
    """Whether a client at `base` (its client_uri) may be redirected to ("Redirect URI validation")."""
    parts = _parts(uri)
    if parts is None or "#" in uri:
        return False
    if parts.scheme == "https":
        return not _has_userinfo(parts) and _under(parts.hostname, base.hostname)
    if kind == "web":
        return False
    if parts.scheme == "http":
        return not _has_userinfo(parts) and _is_loopback(parts.hostname)
    reverse = ".".join(reversed((base.hostname or "").split(".")))
    own = parts.scheme == reverse or parts.scheme.startswith(f"{reverse}.")
    # A scheme with a dot belongs to whoever has the domain; an authority would be somebody else's name in it.
    return "." in reverse and own and not uri[len(parts.scheme) + 1 :].startswith("//")


def is_redirect_of(client: OAuthClient, uri: str) -> bool:
    """Exactly one of those registered, but for the port on this machine (RFC 8252, Section 7.3)."""
    if uri in client.redirect_uris:
        return True
    if client.application_type != "native":
        return False
    asked = _parts(uri)
    if asked is None or "#" in uri or asked.scheme != "http" or not _is_loopback(asked.hostname):
        return False
    for known in client.redirect_uris:
        parts = urlsplit(known)
        if parts.scheme == "http" and _without_port(parts) == _without_port(asked):
            return not _has_userinfo(asked)
    return False


def _parts(uri: Any) -> SplitResult | None:
    if not isinstance(uri, str) or len(uri) > _URI_MAX or not _URI.fullmatch(uri):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _has_userinfo(parts: SplitResult) -> bool:
    return "@" in parts.netloc


def _under(host: str | None, base: str | None) -> bool:
    """Whether a host is that of `base` or below it."""
    return bool(host and base) and (host == base or f"{host}".endswith(f".{base}"))


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "") in (
            ipaddress.ip_address("127.0.0.1"),
            ipaddress.ip_address("::1"),
        )
    except ValueError:
        return False


def _without_port(parts: SplitResult) -> tuple[str | None, str, str]:
    return parts.hostname, parts.path, parts.query


@dataclass(frozen=True, slots=True)
class Scope:
    """What is granted: all of the client-server API, as one device. `text` is as it was asked for."""

    device_id: str
    text: str


def granted(asked: str) -> Scope | None:
    """Of a scope parameter what is known; None when it does not name the API and one device (MSC2967)."""
    known: list[str] = []
    devices: set[str] = set()
    for word in asked.split():
        for prefix in _PREFIXES:
            what = word.removeprefix(prefix) if word.startswith(prefix) else ""
            if what == "api:*":
                known.append(word)
            elif what.startswith("device:") and _DEVICE.fullmatch(device := what.removeprefix("device:")):
                known.append(word)
                devices.add(device)
    if len(devices) != 1 or not any(word.endswith("api:*") for word in known):
        return None
    (device,) = devices
    return None if device.startswith(_OURS) else Scope(device, " ".join(dict.fromkeys(known)))


#: Pages behind the `#` by what a client asks for (MSC4191, its names of before and of the specification).
_PAGES: Mapping[str, str] = {
    "org.matrix.profile": "account",
    "org.matrix.devices_list": "security",
    "org.matrix.device_view": "security",
    "org.matrix.device_delete": "security",
    "org.matrix.sessions_list": "security",
    "org.matrix.session_view": "security",
    "org.matrix.session_end": "security",
}
ACTIONS: Sequence[str] = tuple(_PAGES)


def account_page(action: str) -> str:
    """Of the settings; without a known action the one where people see where they are signed in."""
    return _PAGES.get(action, "security")
