"""The arithmetic of digests and the syntax of their headers."""

import hashlib
import re
from dataclasses import dataclass, field

from bridges.sip.message import MalformedMessage
from bridges.sip.message.grammar import QUOTED, WORD, to_wire, unquote_string

__all__ = [
    "ALGORITHMS",
    "DigestCredentials",
    "Secret",
    "digest_response",
    "ha1",
    "is_digest",
    "parse_auth_parameters",
    "parse_credentials",
]

#: RFC 8760, Section 2.1, in our order of preference.
ALGORITHMS = ("SHA-256", "MD5")
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
SCHEME = re.compile(r"\s*digest\s+", re.IGNORECASE)
PARAMETER = re.compile(rf"\s*({WORD})\s*=\s*({QUOTED}|[^\s\",]*)\s*(?:,|$)")
NC = re.compile(r"[0-9a-fA-F]{8}")


@dataclass(frozen=True, slots=True)
class Secret:
    """HA1 = H(username:realm:password) of one account, lower-case hex, for each algorithm."""

    md5: str = field(repr=False)
    sha256: str = field(repr=False)

    def of(self, algorithm: str) -> str:
        return self.md5 if algorithm == "MD5" else self.sha256


@dataclass(frozen=True, slots=True)
class DigestCredentials:
    """An Authorization or Proxy-Authorization value. `qop` None is RFC 2069's form (nc is 0 then)."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str = field(repr=False)
    algorithm: str = "MD5"
    qop: str | None = None
    cnonce: str = ""
    nc: int = 0


def hashed(algorithm: str, text: str) -> str:
    """Over the bytes as they came: a realm need not be UTF-8."""
    return HASHES[algorithm](to_wire(text)).hexdigest()


def ha1(algorithm: str, username: str, realm: str, password: str) -> str:
    """RFC 7616, Section 3.4.2, lower-case hex."""
    return hashed(algorithm, f"{username}:{realm}:{password}")


def digest_response(
    algorithm: str, secret: str, method: str, uri: str, nonce: str, qop: str | None, nc: int, cnonce: str
) -> str:
    """RFC 7616, Section 3.4.1; without qop RFC 2069's form."""
    ha2 = hashed(algorithm, f"{method}:{uri}")
    if qop is None:
        return hashed(algorithm, f"{secret}:{nonce}:{ha2}")
    return hashed(algorithm, f"{secret}:{nonce}:{nc:08x}:{cnonce}:{qop}:{ha2}")


def is_digest(value: str) -> bool:
    """Whether a challenge or credentials are of this scheme."""
    return SCHEME.match(value) is not None


def parse_auth_parameters(value: str) -> dict[str, str]:
    """The parameters of a Digest challenge or of credentials, names in lower case.

    Raises `MalformedMessage`, also for another scheme or a parameter given twice.
    """
    scheme = SCHEME.match(value)
    if scheme is None:
        raise MalformedMessage("authentication scheme")
    found: dict[str, str] = {}
    position = scheme.end()
    while position < len(value):
        match = PARAMETER.match(value, position)
        if match is None or match[1].lower() in found:
            raise MalformedMessage("authentication parameters")
        found[match[1].lower()] = unquote_string(match[2])
        position = match.end()
    return found


def parse_credentials(value: str) -> DigestCredentials:
    """Credentials of the peer. Raises `MalformedMessage`."""
    found = parse_auth_parameters(value)
    algorithm = found.get("algorithm", "MD5").upper()
    qop = found.get("qop")
    nc = found.get("nc", "00000000" if qop is None else "")
    required = ("username", "realm", "nonce", "uri", "response")
    if algorithm not in HASHES or qop not in {None, "auth"} or not NC.fullmatch(nc):
        raise MalformedMessage("credentials")
    if any(name not in found for name in required) or (qop and not found.get("cnonce")):
        raise MalformedMessage("credentials")
    return DigestCredentials(
        **{name: found[name] for name in required},
        algorithm=algorithm,
        qop=qop,
        cnonce=found.get("cnonce", ""),
        nc=int(nc, 16),
    )
