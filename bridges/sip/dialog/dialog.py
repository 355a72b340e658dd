"""The peer-to-peer relation of two user agents (RFC 3261, Section 12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridges.sip.errors import RemoteSipError
from bridges.sip.message import MalformedMessage, OutgoingRequest, Request, Response, Transport
from bridges.sip.message.grammar import parse_address
from bridges.sip.message.reply import Header

__all__ = ["Dialog", "OutOfOrder"]

#: A snapshot's CSeq is this far ahead, for the requests sent between it and a restart.
SNAPSHOT_CSEQ_ROOM = 1_000
TARGET_REFRESH = frozenset({"INVITE", "UPDATE"})


class OutOfOrder(RemoteSipError):
    """A request whose CSeq is lower than one already seen (Section 12.2.2)."""

    def __init__(self) -> None:
        super().__init__("CSeq out of order", 500, "Server Internal Error")


@dataclass(slots=True)
class Dialog:
    """State of one dialog. `local` and `remote` are whole From/To values, tags included.

    `remote_target` and the `route_set` are raw URIs and Route values, in the order they are sent.
    """

    call_id: str
    local: str
    remote: str
    local_tag: str
    remote_tag: str
    remote_target: str
    route_set: tuple[str, ...]
    local_cseq: int
    remote_cseq: int | None = None

    @classmethod
    def as_uas(cls, invite: Request, local_tag: str) -> "Dialog":
        """Section 12.1.1. Raises `MalformedMessage` if the INVITE has no Contact."""
        target = invite.contact_target()
        if target is None:
            raise MalformedMessage("no Contact")
        to = invite.headers["to"][0]
        return cls(
            call_id=invite.call_id,
            local=to if invite.to_tag else f"{to};tag={local_tag}",
            remote=invite.headers["from"][0],
            local_tag=local_tag,
            remote_tag=invite.from_tag,
            remote_target=target,
            route_set=invite.record_route(),
            local_cseq=0,
            remote_cseq=invite.cseq.sequence,
        )

    @classmethod
    def as_uac(cls, invite: OutgoingRequest, local_tag: str, response: Response) -> "Dialog":
        """Section 12.1.2. A peer that left out Contact is reached where the INVITE went."""
        return cls(
            call_id=invite.call_id,
            local=invite.from_,
            remote=response.headers["to"][0],
            local_tag=local_tag,
            remote_tag=response.to_tag or "",
            remote_target=response.contact_target() or invite.uri,
            route_set=tuple(reversed(response.record_route())),
            local_cseq=invite.cseq,
        )

    def request(
        self,
        method: str,
        *,
        transport: Transport,
        sent_by: str,
        branch: str,
        headers: tuple[Header, ...] = (),
        body: bytes = b"",
        cseq: int | None = None,
    ) -> OutgoingRequest:
        """The next request within the dialog (Section 12.2.1.1). `cseq` is given for an ACK only."""
        if cseq is None:
            self.local_cseq = cseq = self.local_cseq + 1
        uri, route = self._routed()
        return OutgoingRequest(
            method=method,
            uri=uri,
            transport=transport,
            sent_by=sent_by,
            branch=branch,
            from_=self.local,
            to=self.remote,
            call_id=self.call_id,
            cseq=cseq,
            route=route,
            headers=headers,
            body=body,
        )

    def _routed(self) -> tuple[str, tuple[str, ...]]:
        """Request-URI and Route values; a first hop without `;lr` is a strict router of RFC 2543."""
        if not self.route_set:
            return self.remote_target, ()
        first = self.route_set[0].partition("<")[2].partition(">")[0] or self.route_set[0]
        if any(item.partition("=")[0].strip().lower() == "lr" for item in first.split(";")[1:]):
            return self.remote_target, self.route_set
        return first, (*self.route_set[1:], f"<{self.remote_target}>")

    def next_hop(self) -> tuple[str, int] | None:
        """Host and port that requests go to by routing rules; None if they name no address, or the peer wants
        them over the flow that it uses (`ob`: RFC 5626, Section 4.3)."""
        try:
            value = self.route_set[0] if self.route_set else f"<{self.remote_target}>"
            uri = parse_address(value).uri
        except MalformedMessage:
            return None
        if not self.route_set and "ob" in uri.parameters:
            return None
        secure = uri.scheme == "sips" or (uri.parameters.get("transport") or "").lower() == "tls"
        usual = (Transport.TLS if secure else Transport.UDP).default_port
        return (uri.host, uri.port or usual) if uri.host else None

    def receive(self, request: Request) -> None:
        """Check the order of a request of the peer, and refresh the target. Raises `OutOfOrder`."""
        if self.remote_cseq is not None and request.cseq.sequence < self.remote_cseq:
            raise OutOfOrder
        self.remote_cseq = request.cseq.sequence
        if request.method in TARGET_REFRESH:
            self.remote_target = request.contact_target() or self.remote_target

    def refresh(self, response: Response) -> None:
        """A 2xx to our re-INVITE or UPDATE (Section 12.2.1.2)."""
        self.remote_target = response.contact_target() or self.remote_target

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable; see `restore`."""
        # Not `asdict`: it copies deeply, for each call and each of its steps.
        state = {name: getattr(self, name) for name in self.__slots__}
        more = {"local_cseq": self.local_cseq + SNAPSHOT_CSEQ_ROOM, "route_set": list(self.route_set)}
        return state | more

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> "Dialog":
        """From `snapshot`. Raises `ValueError` for what is none."""
        try:
            return cls(**{**state, "route_set": tuple(state["route_set"])})
        except (KeyError, TypeError) as error:
            raise ValueError("not a dialog snapshot") from error
