"""`POST /internal/v1/call-traces`: what was said for a call: SIP messages, Matrix call events, route, media.

Secrets have been taken out before anything of it was kept (`bridges.sip.trace.redaction`).
"""

from typing import Annotated, Literal

import msgspec

from wire.record import Millis
from wire.route import Plan

Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Name = Annotated[str, msgspec.Meta(max_length=300)]


class TracedMessage(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One message. `leg` is the leg's name in the call, `text` a SIP message or a Matrix event as JSON.

    `local` and `remote` are `host:port` of SIP, with IPv6 addresses in brackets; of Matrix `remote` is the
    room and `local` is empty. `sent`: by the bridge. `cut`: the message was longer than what is kept.
    """

    at: Millis
    kind: Literal["sip", "matrix"]
    sent: bool
    text: Text
    leg: Name = ""
    transport: Literal["UDP", "TCP", "TLS"] | None = None
    local: Name = ""
    remote: Name = ""
    cut: bool = False


class MediaPath(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The sound of one leg: `joined` names the leg that it is exchanged with; `transport` is the word of its
    `m=` line. Packets in come from the leg; `jitter_ms` in milliseconds.
    """

    leg: Name
    transport: Name
    joined: Name | None = None
    connected: bool = False
    codec: Name | None = None
    packets_in: int = 0
    packets_out: int = 0
    lost: int = 0
    dropped: int = 0
    jitter_ms: float = 0.0
    heard: bool = False


class CallTrace(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """All that was kept of one call, oldest message first. `left_out` messages in the middle did not fit.
    `ended_at` is None while the call lives.
    """

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    messages: tuple[TracedMessage, ...] = ()
    left_out: int = 0
    plan: Plan | None = None
    media: tuple[MediaPath, ...] = ()
    ended_at: Millis | None = None


class CallTraces(msgspec.Struct, frozen=True):
    """Several, so that a busy bridge asks once."""

    traces: Annotated[tuple[CallTrace, ...], msgspec.Meta(max_length=100)]
