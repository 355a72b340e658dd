"""Redundant audio (RFC 2198): passed on where it is understood, taken apart where it is not. Pure."""

#: Blocks of one packet; clients send one or two old ones.
_MAX_BLOCKS = 8


def _blocks(payload: bytes) -> tuple[int, int] | None:
    """Number of redundant blocks and where the primary encoding begins; None when it cannot be read."""
    at = skipped = count = 0
    while at < len(payload) and payload[at] & 0x80:
        if at + 4 > len(payload) or count == _MAX_BLOCKS:
            return None
        skipped += (payload[at + 2] & 3) << 8 | payload[at + 3]
        at, count = at + 4, count + 1
    start = at + 1 + skipped
    return (count, start) if at < len(payload) and start <= len(payload) else None


def primary(payload: bytes) -> bytes | None:
    """The newest encoding alone, as a client gets it that does not know redundancy."""
    found = _blocks(payload)
    return payload[found[1] :] if found else None


def relabel(payload: bytes, payload_type: int) -> bytes | None:
    """The same with another payload type in each block header, as the subscriber knows it."""
    found = _blocks(payload)
    if found is None:
        return None
    count = found[0]
    if all(payload[4 * index] & 0x7F == payload_type for index in range(count + 1)):
        return payload
    head = bytearray(payload[: 4 * count + 1])
    for index in range(count + 1):
        head[4 * index] = head[4 * index] & 0x80 | payload_type
    return bytes(head) + payload[len(head) :]
