"""Guessing SIP passwords gets slower and slower."""

from collections import OrderedDict
from dataclasses import dataclass

__all__ = ["GuessThrottle"]

#: Wrong passwords that cost nothing. By account and address together first: a stranger who guesses
#: must not lock out the owner, who calls from elsewhere; an office behind one NAT has many phones.
FREE = {"pair": 5, "address": 20, "account": 100}
FIRST_DELAY = 2.0
LONGEST_DELAY = 900.0
FORGOTTEN_AFTER = 3600.0


@dataclass(slots=True)
class Record:
    failures: int = 0
    until: float = 0.0
    last: float = 0.0


class GuessThrottle:
    """Counts wrong passwords. Past the free ones each doubles a delay, in which nothing is even checked."""

    def __init__(self, capacity: int = 20_000) -> None:
        self._capacity = capacity
        self._records: OrderedDict[tuple[str, str], Record] = OrderedDict()

    def wait(self, username: str, address: str, now: float) -> float:
        """Seconds to wait before the next attempt is looked at; 0 if it may be."""
        records = (self._records.get(key) for key in keys(username, address))
        return max(0.0, *(record.until - now if record else 0.0 for record in records))

    def failed(self, username: str, address: str, now: float) -> None:
        """A wrong password, or an account that is not there."""
        for key in keys(username, address):
            record = self._records.get(key)
            if record is None or now - record.last > FORGOTTEN_AFTER:
                record = self._records[key] = Record()
            self._records.move_to_end(key)
            record.failures += 1
            record.last = now
            beyond = record.failures - FREE[key[0]]
            if beyond >= 0:
                record.until = now + min(FIRST_DELAY * 2 ** min(beyond, 20), LONGEST_DELAY)
        while len(self._records) > self._capacity:
            self._records.popitem(last=False)

    def succeeded(self, username: str, address: str) -> None:
        """A right password forgives the mistakes made for this account from this address."""
        self._records.pop(keys(username, address)[0], None)


def keys(username: str, address: str) -> tuple[tuple[str, str], ...]:
    return (("pair", f"{address} {username}"), ("address", address), ("account", username))
