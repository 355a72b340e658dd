"""Guessing SIP passwords gets slower and slower."""

from collections import OrderedDict
from dataclasses import dataclass

__all__ = ["GuessThrottle"]

#: Mistakes that cost nothing: of an account at an address (its wrong passwords), of an address (the
#: accounts that it failed with, so that one forgotten phone does not lock its office out), of an
#: account (wrong passwords from anywhere).
FREE = {"pair": 5, "address": 20, "account": 100}
FIRST_DELAY = 2.0
LONGEST_DELAY = 900.0
FORGOTTEN_AFTER = 3600.0

Key = tuple[str, str]


@dataclass(slots=True)
class Record:
    failures: int = 0
    until: float = 0.0
    last: float = 0.0


class GuessThrottle:
    """Counts wrong passwords. Past the free ones each doubles a delay, in which nothing is even checked.

    An account that has once given the right password at an address waits there for its own mistakes
    only, never for those of strangers.
    """

    def __init__(self, capacity: int = 20_000) -> None:
        self._capacity = capacity
        self._records: OrderedDict[Key, Record] = OrderedDict()
        self._trusted: OrderedDict[Key, None] = OrderedDict()

    def wait(self, username: str, address: str, now: float) -> float:
        """Seconds to wait before the next attempt is looked at; 0 if it may be."""
        pair, *others = keys(username, address)
        looked_at = [pair] if pair in self._trusted else [pair, *others]
        records = [self._records[key] for key in looked_at if key in self._records]
        return max((max(0.0, record.until - now) for record in records), default=0.0)

    def failed(self, username: str, address: str, now: float) -> None:
        """A wrong password, or an account that is not there."""
        pair, of_address, of_account = keys(username, address)
        if self._count(pair, now) == 1:
            self._count(of_address, now)
        self._count(of_account, now)
        while len(self._records) > self._capacity:
            self._records.popitem(last=False)

    def succeeded(self, username: str, address: str) -> None:
        """A right password forgives the mistakes made for this account from this address."""
        pair = keys(username, address)[0]
        self._records.pop(pair, None)
        self._trusted[pair] = None
        self._trusted.move_to_end(pair)
        if len(self._trusted) > self._capacity:
            self._trusted.popitem(last=False)

    def _count(self, key: Key, now: float) -> int:
        record = self._records.get(key)
        if record is None or now - record.last > FORGOTTEN_AFTER:
            record = self._records[key] = Record()
        self._records.move_to_end(key)
        record.failures += 1
        record.last = now
        beyond = record.failures - FREE[key[0]]
        if beyond >= 0:
            record.until = now + min(FIRST_DELAY * 2 ** min(beyond, 20), LONGEST_DELAY)
        return record.failures


def keys(username: str, address: str) -> tuple[Key, Key, Key]:
    return ("pair", f"{address} {username}"), ("address", address), ("account", username)
