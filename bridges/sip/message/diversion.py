"""By whom a call was forwarded: Diversion (RFC 5806), History-Info (RFC 7044) and its causes (RFC 4458)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sipmessage import URI, Address

from bridges.sip.message.errors import MalformedMessage
from bridges.sip.message.grammar import parse_address, quote_display_name, split_list
from wire.route import Why

__all__ = ["Diverted", "read", "write_diversion", "write_history"]

#: Entries that are believed; a chain that is longer is a loop, or meant to be one.
MOST = 20
_USER_MOST = 64
#: Our word, the one of RFC 5806, and the cause of RFC 4458.
_REASONS: tuple[tuple[Why, str, str], ...] = (
    ("always", "unconditional", "302"),
    ("outside_hours", "time-of-day", "302"),
    ("busy", "user-busy", "486"),
    ("no_answer", "no-answer", "408"),
    ("unreachable", "unavailable", "503"),
    ("do_not_disturb", "do-not-disturb", "486"),
    ("deflected", "deflection", "480"),
    ("unknown", "unknown", "404"),
)
_REASON_OF = {why: reason for why, reason, _ in _REASONS}
_CAUSE_OF = {why: cause for why, _, cause in _REASONS}
_BY_REASON: dict[str, Why] = {
    **{reason: why for why, reason, _ in _REASONS},
    "follow-me": "always",
    "out-of-service": "unreachable",
}
_BY_CAUSE: dict[str, Why] = {"487": "deflected", **{cause: why for why, _, cause in reversed(_REASONS)}}


@dataclass(frozen=True, slots=True)
class Diverted:
    """Who was called before: the user part of the URI, None where it is private; why it went on, in the words
    of `wire.route.Why`; a name to be shown."""

    user: str | None
    why: Why
    name: str = ""


def read(headers: Mapping[str, Sequence[str]]) -> tuple[Diverted, ...]:
    """What an INVITE says of it, the first who was called first. What cannot be read is as if it were not
    there."""
    try:
        if values := headers.get("diversion"):
            return tuple(_diverted(parse_address(one)) for one in reversed(_items(values)))
        if values := headers.get("history-info"):
            return _history(_items(values))
    except MalformedMessage:
        pass
    return ()


def _items(values: Sequence[str]) -> list[str]:
    found = [item for value in values for item in split_list(value)]
    if len(found) > MOST:
        raise MalformedMessage("too many")
    return found


def _diverted(address: Address) -> Diverted:
    reason = (address.parameters.get("reason") or "").strip('"').lower()
    private = (address.parameters.get("privacy") or "off").strip('"').lower() != "off"
    return Diverted(None if private else _user(address), _BY_REASON.get(reason, "unknown"))


def _history(items: Sequence[str]) -> tuple[Diverted, ...]:
    """A cause stands with whom the call went to because of it; before them stands who was called before."""
    found = []
    for before, after in pairwise(items):
        cause = parse_address(after).uri.parameters.get("cause") or ""
        if cause in _BY_CAUSE:
            private = "privacy=" in before.partition("?")[2].lower()
            found.append(Diverted(None if private else _user(parse_address(before)), _BY_CAUSE[cause]))
    return tuple(found)


def _user(address: Address) -> str | None:
    user = (address.uri.user or "").partition(";")[0]
    return user[:_USER_MOST] or None


def write_diversion(diverted: Sequence[Diverted], host: str) -> list[tuple[str, str]]:
    """One header field each, the last who was called first."""
    return [
        ("Diversion", f"{_address(one, host)};reason={_REASON_OF[one.why]};counter=1")
        for one in reversed(diverted)
        if one.user
    ]


def write_history(diverted: Sequence[Diverted], target: str, host: str) -> list[tuple[str, str]]:
    """One header field, the first who was called first, `target` (a user part) at the end."""
    known = [one for one in diverted if one.user]
    if not known:
        return []
    users, causes = [*(one.user for one in known), target], ["", *(_CAUSE_OF[one.why] for one in known)]
    entries, before = [], ""
    for user, cause in zip(users, causes, strict=True):
        index = f"{before}.1" if before else "1"
        said, mapped = (f";cause={cause}", f";mp={before}") if before else ("", "")
        entries.append(f"<{_uri(user, host)}{said}>;index={index}{mapped}")
        before = index
    return [("History-Info", ", ".join(entries))]


def _address(one: Diverted, host: str) -> str:
    uri = f"<{_uri(one.user, host)}>"
    return f"{quote_display_name(one.name)} {uri}" if one.name else uri


def _uri(user: str | None, host: str) -> str:
    """What a peer has called somebody may hold anything, a line break too: it is escaped."""
    return str(URI(scheme="sip", user=user, host=host))
