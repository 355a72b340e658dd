"""Answering challenges."""

from collections.abc import Iterable

from bridges.sip.auth.digest import ALGORITHMS, digest_response, ha1, parse_auth_parameters
from bridges.sip.message import MalformedMessage

__all__ = ["DigestClient"]


class DigestClient:
    """The client's side for one user name and password; it counts the uses of a nonce."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self._challenge: dict[str, str] = {}
        self._algorithm = ""
        self._nc = 0

    def take(self, challenges: Iterable[str]) -> bool:
        """Take the strongest challenge that we can answer; False if there is none (RFC 8760, Section 2.4)."""
        usable: dict[str, dict[str, str]] = {}
        for value in challenges:
            try:
                found = parse_auth_parameters(value)
            except MalformedMessage:
                continue
            algorithm = found.get("algorithm", "MD5").upper()
            offered = {item.strip().lower() for item in found.get("qop", "auth").split(",")}
            if algorithm in ALGORITHMS and found.get("nonce") and "realm" in found and "auth" in offered:
                usable.setdefault(algorithm, found)
        for algorithm in ALGORITHMS:
            if algorithm in usable:
                if usable[algorithm]["nonce"] != self._challenge.get("nonce"):
                    self._nc = 0  # the count goes on while the server keeps its nonce (RFC 7616, Section 3.4)
                self._challenge, self._algorithm = usable[algorithm], algorithm
                return True
        return False

    def authorization(self, method: str, uri: str, cnonce: str) -> str | None:
        """The header value for the next request; None before a challenge. `cnonce` is fresh chance."""
        challenge = self._challenge
        if not challenge:
            return None
        self._nc += 1
        realm, nonce = challenge["realm"], challenge["nonce"]
        qop = "auth" if "qop" in challenge else None
        secret = ha1(self._algorithm, self._username, realm, self._password)
        response = digest_response(self._algorithm, secret, method, uri, nonce, qop, self._nc, cnonce)
        parts = [
            f"username={quoted(self._username)}",
            f"realm={quoted(realm)}",
            f"nonce={quoted(nonce)}",
            f"uri={quoted(uri)}",
            f'response="{response}"',
            f"algorithm={self._algorithm}",
        ]
        if qop:
            parts.append(f'cnonce="{cnonce}", qop=auth, nc={self._nc:08x}')
        if "opaque" in challenge:
            parts.append(f"opaque={quoted(challenge['opaque'])}")
        return "Digest " + ", ".join(parts)


def quoted(value: str) -> str:
    value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'
