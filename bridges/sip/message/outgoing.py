"""Requests of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from bridges.sip.message.flow import Transport
from bridges.sip.message.reply import Header, encode

__all__ = ["OutgoingRequest"]

#: RFC 3261, Section 8.1.1.7.
MAGIC_COOKIE = "z9hG4bK"


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A request to be sent. `from_` and `to` are whole header values, `sent_by` is `host:port`."""

    method: str
    uri: str
    transport: Transport
    sent_by: str
    branch: str
    from_: str
    to: str
    call_id: str
    cseq: int
    route: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    content_type: str = "application/sdp"
    max_forwards: int = 70

    def encode(self) -> bytes:
        # Over TLS each knows who the other is: it may send its own requests here, too (RFC 5923).
        alias = ";alias" if self.transport.secure else ""
        lines = [
            f"Via: SIP/2.0/{self.transport.value} {self.sent_by};branch={self.branch};rport{alias}",
            f"Max-Forwards: {self.max_forwards}",
            *(f"Route: {value}" for value in self.route),
            f"From: {self.from_}",
            f"To: {self.to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {self.method}",
        ]
        return encode(f"{self.method} {self.uri} SIP/2.0", lines, self.headers, self.body, self.content_type)

    def snapshot(self) -> dict[str, Any]:
        """All of it, JSON-serialisable: what an INVITE's CANCEL must repeat."""
        # Not `asdict`: it copies deeply, for each call and each of its steps.
        content = {name: getattr(self, name) for name in self.__slots__}
        return content | {"transport": self.transport.value, "body": self.body.decode()}

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> Self:
        """From `snapshot`. Raises `ValueError` for what is none."""
        try:
            known = dict(snapshot)
            known["transport"] = Transport(known["transport"])
            known["body"] = str(known["body"]).encode()
            known["route"] = tuple(known["route"])
            known["headers"] = tuple((str(name), str(value)) for name, value in known["headers"])
            return cls(**known)
        except (KeyError, TypeError) as error:
            raise ValueError("not a request snapshot") from error

    def cancel(self, headers: Sequence[Header] = ()) -> "OutgoingRequest":
        """The CANCEL of this INVITE: same branch, Request-URI, Route (RFC 3261, Section 9.1)."""
        return replace(self, method="CANCEL", headers=tuple(headers), body=b"")

    def failure_ack(self, to: str) -> "OutgoingRequest":
        """The ACK to a final answer 300-699, whose To is `to` (RFC 3261, Section 17.1.1.3)."""
        return replace(self, method="ACK", to=to, headers=(), body=b"")

    def again(self, branch: str, headers: Sequence[Header]) -> "OutgoingRequest":
        """The same request once more with other headers: next CSeq, a branch of its own."""
        return replace(self, branch=branch, cseq=self.cseq + 1, headers=tuple(headers))
