"""Challenging, and checking what comes back."""

import hmac
from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum

from bridges.sip.auth.digest import DigestCredentials, Secret, digest_response
from bridges.sip.message import MalformedMessage
from bridges.sip.message.grammar import parse_uri, to_wire

__all__ = ["DigestVerifier", "Verdict"]

#: How far behind the highest nc a request may arrive (UDP reorders), in requests.
WINDOW = 64


class Verdict(Enum):
    """Of credentials."""

    GOOD = "good"
    #: The nonce is too old, of an earlier run, or used up: challenge again with stale=true.
    STALE = "stale"
    BAD = "bad"


class DigestVerifier:
    """The server's side. Nonces carry their time under an HMAC, so a challenge costs no memory; the address
    that asked is under it, too: a nonce that somebody else was given is worth nothing to a forger.

    What is kept is the use of the nonces that came back right (replay: RFC 7616, Section 3.3, nc), until
    they are too old, and at most `capacity` of them; when one is dropped before, all older ones count as
    stale.
    Times are in seconds on any clock that the secret does not outlive.
    """

    def __init__(
        self,
        realm: str,
        secret: bytes,
        max_age: float = 600.0,
        capacity: int = 20_000,
        algorithms: Sequence[str] = ("MD5", "SHA-256"),
    ) -> None:
        self.realm = realm
        self._algorithms = tuple(algorithms)
        self._secret = secret
        self._max_age = max_age
        self._capacity = capacity
        self._floor = 0
        self._used: OrderedDict[str, tuple[int, int, int]] = (
            OrderedDict()
        )  # nonce: issued, highest nc, window

    def challenges(self, salt: str, now: float, source: str = "", *, stale: bool = False) -> list[str]:
        """Header values, one an algorithm (RFC 8760, Section 2.4), in the order given at the start.

        MD5 comes first unless told otherwise: many a phone looks at the first challenge alone and gives
        up when it is SHA-256.
        `salt` is fresh chance, at least 8 hexadecimal digits: two challenges of one moment differ.
        `source` is the address that the nonce is good for.
        """
        nonce = self._nonce(f"{int(now * 1000):x}.{salt}", source)
        flag = ", stale=true" if stale else ""
        return [
            f'Digest realm="{self.realm}", nonce="{nonce}", algorithm={algorithm}, qop="auth"{flag}'
            for algorithm in self._algorithms
        ]

    def fresh(self, nonce: str, now: float, source: str = "") -> bool:
        """Whether a nonce is ours, for this address, and young enough; asked before any look-up."""
        issued = self._issued(nonce, source)
        return issued is not None and issued > self._floor and now * 1000 - issued <= self._max_age * 1000

    def verify(
        self,
        given: DigestCredentials,
        method: str,
        target: str,
        secret: Secret,
        now: float,
        source: str = "",
    ) -> Verdict:
        """Check the credentials of a request with this method and Request-URI."""
        if not self._acceptable(given, target):
            return Verdict.BAD
        issued = self._issued(given.nonce, source)
        if issued is None:
            return Verdict.STALE  # perhaps of an earlier run; nothing is learnt from it either way
        expected = digest_response(
            given.algorithm,
            secret.of(given.algorithm),
            method,
            given.uri,
            given.nonce,
            given.qop,
            given.nc,
            given.cnonce,
        )
        if not hmac.compare_digest(expected.encode(), to_wire(given.response.lower())):
            return Verdict.BAD
        if issued <= self._floor or now * 1000 - issued > self._max_age * 1000:
            return Verdict.STALE
        self._forget_old(now)
        return Verdict.GOOD if self._first_use(given, issued) else Verdict.STALE

    def _acceptable(self, given: DigestCredentials, target: str) -> bool:
        """Realm, target and algorithm are those of our challenge; RFC 2069's form is MD5 only."""
        known = given.realm == self.realm and given.algorithm in self._algorithms
        return (
            known and same_target(given.uri, target) and (given.qop is not None or given.algorithm == "MD5")
        )

    def _nonce(self, stamp: str, source: str) -> str:
        bound = to_wire(f"{stamp}:{source}:{self.realm}")
        mac = hmac.digest(self._secret, bound, "sha256").hex()[:32]
        return f"{stamp}.{mac}"

    def _issued(self, nonce: str, source: str) -> int | None:
        """When we issued a nonce to this address, in milliseconds; None if we did not."""
        stamp = nonce.rpartition(".")[0]
        if not hmac.compare_digest(to_wire(self._nonce(stamp, source)), to_wire(nonce)):
            return None
        return int(stamp.partition(".")[0], 16)

    def _forget_old(self, now: float) -> None:
        """Those that are stale by their age, in the order of their last use."""
        while self._used:
            nonce, (issued, _, _) = next(iter(self._used.items()))
            if now * 1000 - issued <= self._max_age * 1000:
                return
            del self._used[nonce]

    def _first_use(self, given: DigestCredentials, issued: int) -> bool:
        """Whether this nc of the nonce was not seen yet. Without qop a nonce is good once."""
        _, highest, window = self._used.get(given.nonce, (issued, -1, 0))
        if given.nc > highest:
            window = ((window << (given.nc - highest)) | 1) if given.nc - highest < WINDOW else 1
            highest = given.nc
        else:
            bit = 1 << (highest - given.nc)
            if highest - given.nc >= WINDOW or window & bit:
                return False
            window |= bit
        self._used[given.nonce] = (issued, highest, window & ((1 << WINDOW) - 1))
        self._used.move_to_end(given.nonce)
        if len(self._used) > self._capacity:
            _, (dropped, _, _) = self._used.popitem(last=False)
            self._floor = max(self._floor, dropped)
        return True


def same_target(digest_uri: str, target: str) -> bool:
    """Phones spell the digest's URI with or without port and parameters: user and host must agree."""
    if digest_uri == target:
        return True
    try:
        one, other = parse_uri(digest_uri), parse_uri(target)
    except MalformedMessage:
        return False
    return (one.user, one.host.lower()) == (other.user, other.host.lower())
