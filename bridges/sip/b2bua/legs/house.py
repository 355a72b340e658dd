"""What legs share for which the house itself speaks: a service of its own answers each of them at once."""

from abc import abstractmethod
from typing import ClassVar, Generic, TypeVar

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.kind import (
    Calling,
    CannotGoOn,
    Kept,
    LegFailed,
    LegKind,
    Offered,
    P,
    Reach,
    Send,
)
from bridges.sip.b2bua.services import Services
from logs import log
from wire.route import Plan

_log = log.get(__name__)

#: The part of `Services` that speaks for a kind of leg.
S = TypeVar("S")


class HouseKind(LegKind[P], Generic[P, S]):
    """Nobody sits at the other end, and nothing has to be said to anybody when a later process ends it."""

    listened_to: ClassVar[bool] = False

    @abstractmethod
    def service(self, services: Services) -> S | None:
        """Who answers; None where the house has no such service."""

    @abstractmethod
    async def answer(self, service: S, name: str, planned: P, offered: Offered, calling: Calling) -> Leg:
        """The leg that answered. Raises LegFailed, OSError, MalformedSdp, MediaError."""

    def restore(self, service: S, kept: Kept, planned: P, age: float, calling: Calling) -> Leg:
        """The leg of an earlier process, `age` seconds after `kept` was taken of it.

        Raises CannotGoOn, OSError, MalformedSdp, MediaError, and what a snapshot that is none raises.
        """
        raise CannotGoOn("it ended with its process")

    async def make(
        self, name: str, planned: P, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        service = self.service(calling.services)
        if service is None:
            raise LegFailed(Cause.NOT_FOUND)
        try:
            return await self.answer(service, name, planned, offered, calling), None
        except OSError as error:
            _log.error(f"{self.name}_not_reached", why=str(error))
            raise LegFailed(Cause.UNAVAILABLE) from error

    def adopt(
        self, kept: Kept, name: str, planned: P, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        service = self.there(calling)
        try:
            return self.restore(service, kept, planned, age, calling)
        except (MalformedSdp, MediaError, OSError) as error:
            raise CannotGoOn(str(error)) from error

    def there(self, calling: Calling) -> S:
        """Who goes on with a leg. Raises CannotGoOn."""
        service = self.service(calling.services)
        if service is None:
            raise CannotGoOn(f"the house has no {self.name} any more")
        return service

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        return None
