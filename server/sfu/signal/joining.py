"""How a client says what it comes with: `join_request` of `/rtc/v1`, or the query of `/rtc`."""

import base64
import binascii
import zlib
from collections.abc import Mapping

from google.protobuf.message import DecodeError
from livekit.protocol import rtc

from server.sfu.signal.ingress import within

#: Unpacked. A first offer with all sections has some 40 kB.
MAX_REQUEST = 524_288
_MAX_TEXT = 1 << 20


class BadJoinRequest(Exception):
    """A join request that cannot be read; the text says why."""


def of_query(query: Mapping[str, str]) -> rtc.JoinRequest:
    """What `/rtc` says in single parameters."""
    settings = rtc.ConnectionSettings(auto_subscribe=query.get("auto_subscribe") not in ("0", "false"))
    reconnect = query.get("reconnect") in ("1", "true")
    return rtc.JoinRequest(
        connection_settings=settings, reconnect=reconnect, participant_sid=query.get("sid", "")
    )


def read(text: str) -> rtc.JoinRequest:
    """LiveKit's WrappedJoinRequest in base64url, its content perhaps in gzip. Raises BadJoinRequest."""
    if not text or len(text) > _MAX_TEXT:
        raise BadJoinRequest("join_request is missing or too long")
    try:
        wrapped = rtc.WrappedJoinRequest.FromString(
            base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        )
        packed = wrapped.compression == rtc.WrappedJoinRequest.GZIP
        content = _unzip(wrapped.join_request) if packed else wrapped.join_request
        # Of too many tracks the first are enough to refuse the rest.
        return rtc.JoinRequest.FromString(content[: within(content, rtc.JoinRequest)])
    except (DecodeError, binascii.Error, ValueError, zlib.error) as error:
        raise BadJoinRequest("join_request cannot be read") from error


def _unzip(packed: bytes) -> bytes:
    """Raises ValueError when it is larger than allowed, zlib.error when it is not gzip (RFC 1952)."""
    engine = zlib.decompressobj(wbits=31)
    content = engine.decompress(packed, MAX_REQUEST)
    if not engine.eof:
        raise ValueError("too large, or cut off")
    return content
