"""A message received, its headers checked."""

from dataclasses import dataclass
from typing import Any

from sipmessage import URI, Address, CSeq, Via

from bridges.sip.message.body import BodyPart, split_body
from bridges.sip.message.flow import Flow
from bridges.sip.message.grammar import split_list, to_wire

__all__ = ["Request", "Response"]

HeaderMap = dict[str, list[str]]


@dataclass(slots=True)
class Received:
    """What requests and responses share. `headers` are raw values by lower-case long name."""

    flow: Flow
    headers: HeaderMap
    body: bytes
    via: Via
    from_: Address
    to: Address
    call_id: str
    cseq: CSeq
    contacts: list[Address]

    @property
    def from_tag(self) -> str:
        """The From tag, empty if there is none (RFC 2543)."""
        return self.from_.parameters.get("tag") or ""

    @property
    def to_tag(self) -> str | None:
        return self.to.parameters.get("tag")

    @property
    def branch(self) -> str:
        return self.via.parameters.get("branch") or ""

    def header(self, name: str) -> str | None:
        """The first value of a header, by lower-case long name."""
        values = self.headers.get(name)
        return values[0] if values else None

    def tokens(self, name: str) -> list[str]:
        """The values of a comma-separated header of tokens, in lower case (Require, Supported)."""
        return [
            item.strip().lower() for v in self.headers.get(name, ()) for item in v.split(",") if item.strip()
        ]

    def record_route(self) -> tuple[str, ...]:
        """Record-Route values, from top to bottom."""
        return tuple(item for value in self.headers.get("record-route", ()) for item in split_list(value))

    def contact_target(self) -> str | None:
        """The URI of the first Contact as it stood: a remote target is given back letter for letter."""
        if not self.contacts:
            return None
        value = split_list(self.headers["contact"][0])[0]
        return value.partition("<")[2].partition(">")[0] if "<" in value else value.partition(";")[0].strip()

    def parts(self) -> list[BodyPart]:
        """The body's parts: itself, or those of a multipart."""
        return split_body(
            self.header("content-type") or "", self.header("content-disposition") or "", self.body
        )

    def has_strange_parts(self) -> bool:
        """Whether a part of the body must be understood and is no session description: 415 to a request that
        makes or changes a session (RFC 5621, Section 8)."""
        return any(part.required and not part.is_session for part in self.parts())

    def sdp(self) -> str | None:
        """The description of the session, be it the body or a part of it (RFC 5621, Section 3.1)."""
        found = (part.data.decode("utf-8", "replace") for part in self.parts() if part.is_session)
        return next(found, None)


@dataclass(slots=True)
class Request(Received):
    """A request; `target` is the Request-URI as it stood, `uri` parsed.

    `all_contacts` is `Contact: *` (REGISTER only). `reply_head` caches what all answers repeat.
    """

    method: str
    target: str
    uri: URI
    max_forwards: int
    all_contacts: bool = False
    reply_head: str | None = None

    def encode(self) -> bytes:
        """The message once more, with long header names, and the values as they are read here."""
        lines = [f"{self.method} {self.target} SIP/2.0"]
        lines += [f"{name}: {value}" for name, values in self.headers.items() for value in values]
        return to_wire("\r\n".join(lines) + "\r\n\r\n") + self.body

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable; see `ingress.restore_request`."""
        return {"data": self.encode().decode("utf-8", "surrogateescape"), "flow": self.flow.snapshot()}


@dataclass(slots=True)
class Response(Received):
    """A response."""

    status: int
    phrase: str
