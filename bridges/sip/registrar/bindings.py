"""Where the phones of an account are."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sipmessage import URI, Address

from bridges.sip.errors import RemoteSipError
from bridges.sip.message import Flow, MalformedMessage, Request, Transport
from bridges.sip.message.grammar import parse_address, parse_number, parse_uri, split_list
from bridges.sip.registrar.outbound import FlowName, flow_name, instance_of

__all__ = ["Binding", "IntervalTooBrief", "Registrar", "StaleRegister"]

DEFAULT_EXPIRES = 3600
#: Flows of the past whose phones are found again.
MOST_MOVED = 10_000
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
    #: Which flow of the phone `instance` this is (RFC 5626); None for a contact that is known by its URI.
    reg_id: int | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """One Contact of a REGISTER, checked."""

    key: tuple[object, ...]
    uri: str
    expires: int
    q: float
    instance: str
    reg_id: int | None


class Registrar:
    """Bindings by user name. Whoever calls has authenticated the request."""

    def __init__(self, min_expires: int, max_expires: int, max_contacts: int) -> None:
        self._min = min_expires
        self._max = max_expires
        self._max_contacts = max_contacts
        self._bindings: dict[str, dict[tuple[object, ...], Binding]] = {}
        #: The user names that are bound over a flow.
        self._users: dict[Flow, set[str]] = {}
        #: Over which flow a phone registered last that had registered over this one before, and when.
        self._moved: OrderedDict[Flow, tuple[Flow, float]] = OrderedDict()
        #: Flows that failed and whose phones may open another one: whose they are, and until when.
        self._failed: OrderedDict[Flow, dict[str, Binding]] = OrderedDict()

    def register(self, username: str, request: Request, now: float) -> list[Binding]:
        """Apply a REGISTER, wholly or not at all; the bindings afterwards, best first.

        Raises `IntervalTooBrief`, `StaleRegister`, `FirstHopLacksOutbound`, `MalformedMessage`.
        """
        current = dict(self._bindings.get(username, {}))
        if request.all_contacts:
            self._remove_all(current, request)
        updates = list(self._updates(request))
        if sum(update.reg_id is not None and update.expires > 0 for update in updates) > 1:
            raise MalformedMessage("several flows in one REGISTER")  # RFC 5626, Section 6
        for update in updates:
            self._apply(current, update, request, now)
            if update.expires > 0:
                self._come_back(username, update, request.flow, now)
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

    def expects(self, flow: Flow, now: float) -> bool:
        """Whether a phone that registered over this flow, which is gone, may register over another one."""
        failed = self._failed.get(flow, {}).values()
        return self.uses(flow, now) or any(binding.expires_at > now for binding in failed)

    def flow_after(self, flow: Flow) -> Flow:
        """Where the phone is by now that has registered over a flow; the flow itself if it is still there."""
        seen = {flow}
        while (moved := self._moved.get(flow)) is not None and moved[0] not in seen:
            seen.add(flow := moved[0])
        return flow

    def left_at(self, flow: Flow) -> float | None:
        """When a phone that had registered over this flow registered over another one instead."""
        moved = self._moved.get(flow)
        return moved[1] if moved is not None else None

    def find(self, uri: str, now: float) -> list[Binding]:
        """The live bindings of this Contact, whoever they are of. Raises `MalformedMessage`."""
        key = contact_key(parse_uri(uri))
        bound = (binding for found in self._bindings.values() for binding in found.values())
        return [b for b in bound if b.expires_at > now and contact_key(parse_uri(b.uri)) == key]

    def drop_flow(self, flow: Flow) -> list[str]:
        """A connection is gone for good: forget what is reached over it alone (RFC 5626, Section 6).

        Others may still be reached at the address of their Contact, or by their Path. The user names touched.
        """
        touched = []
        for name in sorted(self._users.get(flow, ())):
            found = self._bindings[name]
            left = {key: b for key, b in found.items() if b.flow != flow or b.reg_id is None or b.path}
            if len(left) < len(found):
                touched.append(name)
                self._keep(name, left)
                gone = next(b for key, b in found.items() if key not in left)
                self._failed.setdefault(flow, {})[name] = gone
        while len(self._failed) > MOST_MOVED:
            self._failed.popitem(last=False)
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
                "reg_id": b.reg_id,
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

    def _come_back(self, username: str, update: Update, flow: Flow, now: float) -> None:
        """A phone has registered, and may have lost a flow before: another one of it stands for that."""
        lost = [
            before
            for before, bound in self._failed.items()
            if (binding := bound.get(username)) is not None and update.instance == binding.instance
        ]
        for before in lost:
            del self._failed[before]
        self._move(lost, flow, now)

    def _move(self, before: list[Flow], after: Flow, now: float) -> None:
        self._moved.pop(after, None)
        for flow in before:
            if flow != after:
                self._moved[flow] = after, now
        while len(self._moved) > MOST_MOVED:
            self._moved.popitem(last=False)

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
            flow = flow_name(address, request)
            yield Update(
                key=binding_key(address.uri, flow),
                uri=raw_uri(value),
                expires=min(expires, self._max),
                q=quality(address),
                instance=instance_of(address),
                reg_id=flow.reg_id if flow else None,
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
        before = [old.flow] if old is not None else []
        for key in [k for k, b in current.items() if update.instance and b.instance == update.instance]:
            if update.reg_id is None or current[key].reg_id is None:
                # The same phone with another address; its other flows stay beside a flow.
                before.append(current.pop(key).flow)
        if update.reg_id is None:
            # Who names no instance is the same phone while it counts on (RFC 3261, Section 10.2), though what
            # it knows of its address may be another one over each connection.
            before += [b.flow for b in current.values() if b.reg_id is None and b.call_id == request.call_id]
        self._move(before, request.flow, now)
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
            reg_id=update.reg_id,
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


def binding_key(uri: URI, flow: FlowName | None) -> tuple[object, ...]:
    """What a later registration replaces: the same flow of the same phone, whatever Contact it has then."""
    return ("outbound", flow.instance, flow.reg_id) if flow else contact_key(uri)


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
    reg_id = row.get("reg_id")
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
        reg_id=None if reg_id is None else int(reg_id),
    )
    flow = None if binding.reg_id is None else FlowName(binding.instance, binding.reg_id)
    return binding_key(parse_uri(binding.uri), flow), binding
