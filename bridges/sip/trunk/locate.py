"""Which records say where a provider's servers are, and in which order they are tried (RFC 3263). Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bridges.sip.message import Transport

__all__ = ["Naptr", "Srv", "in_order", "service_names"]


@dataclass(frozen=True, slots=True)
class Naptr:
    """A NAPTR record (RFC 3403)."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    """An SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


def service_names(host: str, transport: Transport, records: Iterable[Naptr]) -> list[str]:
    """The names to ask SRV records for (RFC 3263, Section 4.1): the transport is configured, so that only its
    NAPTR records count; without any it is `_sip._udp.host`, or what that transport has in its place."""
    wanted = transport.naptr_service
    found = [r for r in records if r.service.upper() == wanted and r.flags.upper() == "S"]
    found.sort(key=lambda record: (record.order, record.preference))
    return [record.replacement for record in found] or [f"{transport.srv_name}.{host}"]


def in_order(records: Iterable[Srv], random: Callable[[], float]) -> list[Srv]:
    """The lowest priority first; within one, by chance as the weights say (RFC 2782). `random` is in [0, 1).

    A target of "." means that there is no such service.
    """
    left = [record for record in records if record.target.rstrip(".")]
    ordered: list[Srv] = []
    while left:
        least = min(record.priority for record in left)
        group = sorted((r for r in left if r.priority == least), key=lambda r: r.weight > 0)
        pick = random() * sum(record.weight for record in group)
        chosen = next(
            (r for i, r in enumerate(group) if sum(o.weight for o in group[: i + 1]) > pick), group[0]
        )
        left.remove(chosen)
        ordered.append(chosen)
    return ordered
