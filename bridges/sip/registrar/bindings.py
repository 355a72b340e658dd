"""Where the phones of an account are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sipmessage import URI, Address

from bridges.sip.errors import RemoteSipError
from bridges.sip.message import Flow, MalformedMessage, Request, Transport
from bridges.sip.message.grammar import parse_address, parse_number, parse_uri, split_list

__all__ = ["Binding", "IntervalTooBrief", "Registrar", "StaleRegister"]

DEFAULT_EXPIRES = 3600
#: Proxies on the way to a phone, and characters of each.
MAX_PATH, MAX_PATH_VALUE = 8, 512


class IntervalTooBrief(RemoteSipError):
    """Answer 423 with Min-Expires (RFC 3261, Section 10.3, step 7)."""

    def __init__(self, minimum: int) -> None:
        super().__init__("expires", 423, "Interval Too Brief")
        self.minimum = minimum


class StaleRegister(RemoteSipError):
    """A REGISTER older than what is known already (Section 10.3, step 7: CSeq within a Call-ID)."""

    def __init__(self) -> None:
        super().__init__("REGISTER out of order", 500, "Server Internal Error")


@dataclass(frozen=True, slots=True)
class Binding:
    """One contact. `flow` is where its REGISTER came from: requests go there, not to the URI's address
    (a phone behind a NAT does not know its own). `expires_at` is on the caller's clock, seconds."""

    uri: str
    flow: Flow
    call_id: str
    cseq: int
    expires_at: float
    q: float = 1.0
    user_agent: str = ""
    instance: str = ""
    #: Path values of the REGISTER, nearest proxy first: the Route of requests to this contact (RFC 3327).
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """One Contact of a REGISTER, checked."""

    key: tuple[object, ...]
    uri: str
    expires: int
    q: float
    instance: str


class Registrar:
    """Bindings by user name. Whoever calls has authenticated the request."""

    def __init__(self, min_expires: int, max_expires: int, max_contacts: int) -> None:
        self._min = min_expires
        self._max = max_expires
        self._max_contacts = max_contacts
        self._bindings: dict[str, dict[tuple[object, ...], Binding]] = {}
        #: The user names that are bound over a flow.
        self._users: dict[Flow, set[str]] = {}

    def register(self, username: str, request: Request, now: float) -> list[Binding]:
        """Apply a REGISTER, wholly or not at all; the bindings afterwards, best first.

        Raises `IntervalTooBrief`, `StaleRegister`, `MalformedMessage`.
        """
        current = dict(self._bindings.get(username, {}))
        if request.all_contacts:
            self._remove_all(current, request)
        for update in self._updates(request):
            self._apply(current, update, request, now)
        alive = sorted(current.items(), key=lambda item: item[1].expires_at, reverse=True)
        # A phone that comes back from another address must not be locked out by its own past.
        self._keep(username, dict(alive[: self._max_contacts]))
        return self.bindings(username, now)

    def bindings(self, username: str, now: float) -> list[Binding]:
        """The live bindings, best first: by q, then the latest."""
        alive = [b for b in self._bindings.get(username, {}).values() if b.expires_at > now]
        return sorted(alive, key=lambda binding: (-binding.q, -binding.expires_at))

    def usernames(self, now: float) -> list[str]:
        """Who has a live binding."""
        return sorted(name for name in self._bindings if self.bindings(name, now))

    def uses(self, flow: Flow, now: float) -> bool:
        """Whether a live binding came over this flow."""
        return any(
            b.flow == flow and b.expires_at > now
            for name in self._users.get(flow, ())
            for b in self._bindings[name].values()
        )

    def drop_flow(self, flow: Flow) -> list[str]:
        """A connection is gone for good: forget what was reached over it. The user names touched."""
        touched = [n for n, found in self._bindings.items() if any(b.flow == flow for b in found.values())]
        for name in touched:
            self._keep(name, {key: b for key, b in self._bindings[name].items() if b.flow != flow})
        return touched

    def forget(self, username: str) -> bool:
        """Drop all bindings of a user name; whether there were any."""
        known = username in self._bindings
        self._keep(username, {})
        return known

    def get_timer(self) -> float | None:
        """When the next binding runs out."""
        return min((b.expires_at for found in self._bindings.values() for b in found.values()), default=None)

    def handle_timer(self, now: float) -> list[str]:
        """Drop what has run out; the user names touched."""
        touched = [
            n for n, found in self._bindings.items() if any(b.expires_at <= now for b in found.values())
        ]
        for name in touched:
            self._keep(name, {k: b for k, b in self._bindings[name].items() if b.expires_at > now})
        return touched

    def dump(self, username: str, to_unix: float) -> list[dict[str, Any]]:
        """JSON-serialisable rows; `to_unix` is Unix time minus the caller's clock."""
        return [
            {
                "username": username,
                "uri": b.uri,
                "transport": b.flow.transport.value,
                "host": b.flow.host,
                "port": b.flow.port,
                "call_id": b.call_id,
                "cseq": b.cseq,
                "expires_at": b.expires_at + to_unix,
                "q": b.q,
                "user_agent": b.user_agent,
                "instance": b.instance,
                "path": list(b.path),
            }
            for b in self._bindings.get(username, {}).values()
        ]

    def load(self, rows: Iterable[Mapping[str, Any]], now: float, to_unix: float) -> int:
        """Take up rows of `dump` that are still alive; senseless ones are left out. How many it took."""
        taken = 0
        for row in rows:
            try:
                key, binding = restored(row, to_unix)
            except (KeyError, TypeError, ValueError, MalformedMessage):
                continue
            if binding.expires_at > now:
                username = str(row["username"])
                self._keep(username, {**self._bindings.get(username, {}), key: binding})
                taken += 1
        return taken

    def _keep(self, username: str, found: dict[tuple[object, ...], Binding]) -> None:
        for binding in self._bindings.pop(username, {}).values():
            users = self._users.get(binding.flow, set())
            users.discard(username)
            if not users:
                self._users.pop(binding.flow, None)
        if found:
            self._bindings[username] = found
        for binding in found.values():
            self._users.setdefault(binding.flow, set()).add(username)

    def _remove_all(self, current: dict[tuple[object, ...], Binding], request: Request) -> None:
        if request.header("expires") != "0":
            raise MalformedMessage("Contact: * without Expires: 0")
        for binding in current.values():
            check_order(binding, request)
        current.clear()

    def _updates(self, request: Request) -> Iterator[Update]:
        """The contacts of a REGISTER, with their expiry decided (Section 10.3, step 7)."""
        general = request.header("expires")
        values = [item for value in request.headers.get("contact", ()) for item in split_list(value)]
        for address, value in zip(request.contacts, values, strict=False):
            asked = address.parameters.get("expires") or general
            expires = parse_number(asked, "expires") if asked else DEFAULT_EXPIRES
            if 0 < expires < self._min:
                raise IntervalTooBrief(self._min)
            yield Update(
                key=contact_key(address.uri),
                uri=raw_uri(value),
                expires=min(expires, self._max),
                q=quality(address),
                instance=address.parameters.get("+sip.instance") or "",
            )

    def _apply(
        self, current: dict[tuple[object, ...], Binding], update: Update, request: Request, now: float
    ) -> None:
        old = current.get(update.key)
        if old is not None:
            check_order(old, request)
        if update.expires == 0:
            current.pop(update.key, None)
            return
        for key in [k for k, b in current.items() if update.instance and b.instance == update.instance]:
            del current[key]  # the same phone with another address (RFC 5626, Section 3.1, without reg-id)
        current[update.key] = Binding(
            uri=update.uri,
            flow=request.flow,
            call_id=request.call_id,
            cseq=request.cseq.sequence,
            expires_at=now + update.expires,
            q=update.q,
            user_agent=(request.header("user-agent") or "")[:200],
            instance=update.instance,
            path=path_of(request),
        )


def path_of(request: Request) -> tuple[str, ...]:
    """The Path of a REGISTER, without what cannot be read (RFC 3327, Section 5.3). It is kept, and sent with
    each request: more than `MAX_PATH` proxies are refused. Raises `MalformedMessage`.
    """
    values = [item for value in request.headers.get("path", ()) for item in split_list(value)]
    if len(values) > MAX_PATH or any(len(value) > MAX_PATH_VALUE for value in values):
        raise MalformedMessage("Path")
    return tuple(value for value in values if is_address(value))


def is_address(value: str) -> bool:
    try:
        parse_address(value)
    except MalformedMessage:
        return False
    return True


def check_order(binding: Binding, request: Request) -> None:
    if binding.call_id == request.call_id and request.cseq.sequence <= binding.cseq:
        raise StaleRegister


def contact_key(uri: URI) -> tuple[object, ...]:
    """What makes two contacts the same (RFC 3261, Section 19.1.4, as far as phones go)."""
    transport = (uri.parameters.get("transport") or "udp").lower()
    return (uri.scheme, uri.user, uri.host.lower(), uri.port, transport)


def raw_uri(value: str) -> str:
    return value.partition("<")[2].partition(">")[0] if "<" in value else value.partition(";")[0].strip()


def quality(address: Address) -> float:
    try:
        return min(1.0, max(0.0, float(address.parameters.get("q") or 1)))
    except ValueError:
        return 1.0


def restored(row: Mapping[str, Any], to_unix: float) -> tuple[tuple[object, ...], Binding]:
    binding = Binding(
        uri=str(row["uri"]),
        flow=Flow(Transport(row["transport"]), str(row["host"]), int(row["port"])),
        call_id=str(row["call_id"]),
        cseq=int(row["cseq"]),
        expires_at=float(row["expires_at"]) - to_unix,
        q=float(row["q"]),
        user_agent=str(row["user_agent"]),
        instance=str(row["instance"]),
        path=tuple(str(value) for value in row.get("path", ())),
    )
    return contact_key(parse_uri(binding.uri)), binding
