"""Turns the legs of a plan into calls on the way, each as its kind has it (`legs/`)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from bridges.media.gateway import Peer, Profile
from bridges.sip.b2bua.events import Post
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs import registry
from bridges.sip.b2bua.legs.kind import Calling, Offered, Reach, Send
from bridges.sip.b2bua.matrix_leg import MatrixFork
from bridges.sip.b2bua.services import Services
from bridges.sip.transport.api import Contact
from wire.route import Leg as PlannedLeg


@dataclass(frozen=True, slots=True)
class Fork:
    """One device to be called: its name in the call, and what it is; `contact`, `line_host` and `encrypted`
    as in `Reach`."""

    name: str
    planned: PlannedLeg
    contact: Contact | None = None
    line_host: str | None = None
    encrypted: bool = False

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable; see `restore`."""
        return msgspec.to_builtins(self)  # type: ignore[no-any-return]

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> "Fork":
        """From `snapshot`. Raises `ValueError` for what is none."""
        return msgspec.convert(snapshot, cls)

    @property
    def reach(self) -> Reach:
        """How it is reached."""
        return Reach(self.contact, self.line_host, self.encrypted)

    @property
    def profile(self) -> Profile:
        """The transport of its audio."""
        return registry.of_planned(self.planned).profile(self.reach)

    @property
    def via(self) -> str:
        """The way by which it is in a call, as of a call that it had made (`wire.route.RouteRequest`)."""
        return registry.of_planned(self.planned).via(self.planned)

    @property
    def peer(self) -> Peer | None:
        """Where a phone registered from; of a line, where its calls go."""
        if self.contact is not None:
            return Peer(self.contact.host, authenticated=True)
        return Peer(self.line_host) if self.line_host else None


class Forking:
    """Makes the forks of one set-up, and lets them ring with `send`. `register` makes room events reach a
    Matrix fork; `numbers` tell the forks of a call apart."""

    def __init__(
        self,
        call_id: str,
        services: Services,
        post: Post,
        register: Callable[[str, str, MatrixFork], None],
        numbers: Iterator[int],
    ) -> None:
        self.calling = Calling(call_id, services, post, register)
        self._numbers = numbers
        self._unsent: list[Send] = []

    def devices(self, planned: PlannedLeg) -> Iterator[Fork]:
        """The devices behind a leg of the plan; none for an extension without a registered phone."""
        kind = registry.of_planned(planned)
        for reach in kind.devices(planned, self.calling.services):
            name = f"{kind.name}-{next(self._numbers)}"
            yield Fork(name, planned, reach.contact, reach.line_host, reach.encrypted)

    async def start(self, fork: Fork, offered: Offered) -> Leg:
        """Prepare to call a device with our offer.

        Nothing rings before `send`. What rings nowhere answers at once. Raises LegFailed, MalformedSdp,
        MediaError.
        """
        kind = registry.of_planned(fork.planned)
        leg, send = await kind.make(fork.name, fork.planned, fork.reach, offered, self.calling)
        if send is not None:
            self._unsent.append(send)
        return leg

    def send(self) -> None:
        """Let what was started since the last time ring."""
        unsent, self._unsent = self._unsent, []
        for send in unsent:
            send()

    def call_again(self, legs: Mapping[str, Leg], devices: Mapping[str, Fork], lifetime: float) -> None:
        """Those of an earlier process's legs that were not called yet are; `lifetime` is in seconds."""
        for name, leg in legs.items():
            kind = registry.of_planned(devices[name].planned)
            kind.call_again(leg, lifetime, self.calling.post)
