"""Answering challenges."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridges.sip.auth.digest import ALGORITHMS, digest_response, ha1, parse_auth_parameters
from bridges.sip.message import MalformedMessage

__all__ = ["Attempt", "DigestClient"]

#: Challenges that one request of ours is carried through; no chain of proxies that is in use is longer.
MAX_ROUNDS = 5
#: Realms whose last challenge is kept.
MAX_REALMS = 16
#: Where the next challenge begins in a header that has several.
NEXT_CHALLENGE = re.compile(r",\s*(?=[A-Za-z][A-Za-z0-9\-]*[ \t]+[A-Za-z][A-Za-z0-9\-]*[ \t]*=)")
HEADERS = {False: ("www-authenticate", "Authorization"), True: ("proxy-authenticate", "Proxy-Authorization")}

#: Whether it is a proxy's, and the realm: what credentials are kept by (RFC 3261, Section 22.3).
Space = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge that can be answered."""

    parameters: dict[str, str]
    algorithm: str

    @property
    def nonce(self) -> str:
        return self.parameters["nonce"]

    @property
    def stale(self) -> bool:
        return self.parameters.get("stale", "").lower() == "true"


class DigestClient:
    """The client's side for one user name and password, in all realms; it counts the uses of their nonces."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self._known: dict[Space, Challenge] = {}
        self._uses: dict[str, int] = {}

    def take(self, challenges: Iterable[str], *, proxy: bool = False) -> bool:
        """Keep the strongest challenge of each realm that we can answer; False if there is none."""
        found = read_challenges(challenges)
        for realm, challenge in found.items():
            self.learn((proxy, realm), challenge)
        return bool(found)

    def learn(self, space: Space, challenge: Challenge) -> None:
        """The count goes on while the server keeps its nonce (RFC 7616, Section 3.4)."""
        self._known.pop(space, None)
        self._known[space] = challenge
        if len(self._known) > MAX_REALMS:
            del self._known[next(iter(self._known))]
        self._uses = {known.nonce: self._uses.get(known.nonce, 0) for known in self._known.values()}

    def attempt(self) -> "Attempt":
        """For a new request."""
        return Attempt(self)

    def authorization(self, method: str, uri: str, cnonce: str) -> str | None:
        """The header value that answers the last challenge; None before one. `cnonce` is fresh chance."""
        if not self._known:
            return None
        return self._answer(next(reversed(self._known.values())), method, uri, cnonce)

    def headers(
        self, method: str, uri: str, cnonce: str, spaces: Iterable[Space] | None = None
    ) -> tuple[tuple[str, str], ...]:
        """The credentials for these realms, or for every one known."""
        wanted = self._known if spaces is None else spaces
        return tuple(
            (HEADERS[space[0]][1], self._answer(challenge, method, uri, cnonce))
            for space, challenge in self._known.items()
            if space in wanted
        )

    def _answer(self, challenge: Challenge, method: str, uri: str, cnonce: str) -> str:
        parameters, algorithm = challenge.parameters, challenge.algorithm
        realm, nonce = parameters["realm"], challenge.nonce
        self._uses[nonce] = uses = self._uses[nonce] + 1
        qop = "auth" if "qop" in parameters else None
        secret = ha1(algorithm, self._username, realm, self._password)
        response = digest_response(algorithm, secret, method, uri, nonce, qop, uses, cnonce)
        parts = [
            f"username={quoted(self._username)}",
            f"realm={quoted(realm)}",
            f"nonce={quoted(nonce)}",
            f"uri={quoted(uri)}",
            f'response="{response}"',
            f"algorithm={algorithm}",
        ]
        if qop:
            parts.append(f'cnonce="{cnonce}", qop=auth, nc={uses:08x}')
        if "opaque" in parameters:
            parts.append(f"opaque={quoted(parameters['opaque'])}")
        return "Digest " + ", ".join(parts)


class Attempt:
    """One request of ours, carried through the challenges of all proxies and servers on its way.

    Every realm is answered once; again when it says that the nonce was stale (RFC 7616, Section 3.3), or,
    with a nonce of its own for every request, after another realm has been answered. All else is a refusal.
    """

    def __init__(self, client: DigestClient) -> None:
        self._client = client
        #: The nonce answered last in each realm that has challenged this request, the latest last.
        self._asked: dict[Space, str] = {}
        self._rounds = 0

    def headers(self, method: str, uri: str, cnonce: str) -> tuple[tuple[str, str], ...]:
        """The credentials for all who have challenged this request (RFC 3261, Sections 22.2 and 22.3)."""
        return self._client.headers(method, uri, cnonce, self._asked)

    def take(self, headers: Mapping[str, Sequence[str]]) -> bool:
        """The headers of a 401 or 407 to what was sent last; whether it makes sense to ask again."""
        self._rounds += 1
        if self._rounds > MAX_ROUNDS:
            return False
        fresh = [found for found in asked(headers) if self._may_answer(*found)]
        for space, challenge in fresh:
            self._client.learn(space, challenge)
            self._asked.pop(space, None)
            self._asked[space] = challenge.nonce
        return bool(fresh)

    def _may_answer(self, space: Space, challenge: Challenge) -> bool:
        if space not in self._asked or challenge.stale:
            return True
        return challenge.nonce != self._asked[space] and next(reversed(self._asked)) != space


def asked(headers: Mapping[str, Sequence[str]]) -> Iterator[tuple[Space, Challenge]]:
    """The challenges of a response: a proxy that forked hands on those of all (RFC 3261, Section 22.3)."""
    for proxy, (name, _) in HEADERS.items():
        for realm, challenge in read_challenges(headers.get(name, ())).items():
            yield (proxy, realm), challenge


def read_challenges(values: Iterable[str]) -> dict[str, Challenge]:
    """By realm the strongest challenge that we can answer (RFC 8760, Section 2.4); others are passed over."""
    found: dict[str, Challenge] = {}
    for value in values:
        for text in NEXT_CHALLENGE.split(value):
            challenge = _read(text)
            if challenge is None:
                continue
            known = found.get(challenge.parameters["realm"])
            if known is None or _rank(challenge) < _rank(known):
                found[challenge.parameters["realm"]] = challenge
    return found


def _read(text: str) -> Challenge | None:
    try:
        parameters = parse_auth_parameters(text)
    except MalformedMessage:
        return None
    algorithm = parameters.get("algorithm", "MD5").upper()
    offered = {item.strip().lower() for item in parameters.get("qop", "auth").split(",")}
    if algorithm not in ALGORITHMS or "auth" not in offered:
        return None
    return Challenge(parameters, algorithm) if parameters.get("nonce") and "realm" in parameters else None


def _rank(challenge: Challenge) -> int:
    return ALGORITHMS.index(challenge.algorithm)


def quoted(value: str) -> str:
    value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'
