"""What an INVITE says of who calls whom."""

from collections.abc import Mapping, Sequence
from typing import Any

from sipmessage import Address

from bridges.sip.message import MalformedMessage, Request
from bridges.sip.message.grammar import parse_address
from bridges.sip.session.refer import Replaces, replaced_by
from bridges.sip.transport.api import Account, FromPhone, FromTrunk, NameAddress, Origin
from bridges.sip.transport.values import first_address, is_anonymous, listens_elsewhere, wants_privacy

__all__ = ["Invitation", "keeps_its_flow", "origin_of", "origin_snapshot"]


def keeps_its_flow(request: Request, origin: Origin) -> bool:
    """Whether later requests go where this one came from: to a phone that listens where it sends from."""
    elsewhere = any(listens_elsewhere(contact.uri, request.flow) for contact in request.contacts[:1])
    return not isinstance(origin, FromTrunk) and not elsewhere


def origin_snapshot(origin: Origin) -> dict[str, Any]:
    """Who called, JSON-serialisable; of an account nothing that it signs in with."""
    if isinstance(origin, FromTrunk):
        return {"trunk": origin.name}
    account = origin.account
    return {"phone": {"username": account.username, "user_id": account.user_id, "name": account.name}}


def origin_of(snapshot: Mapping[str, Any]) -> tuple[Origin, str]:
    """Who called, and what was dialled, of the snapshot of a call. Raises `ValueError` for what is none."""
    try:
        dialled = str(snapshot["dialled"])
        if "trunk" in snapshot:
            return FromTrunk(str(snapshot["trunk"])), dialled
        phone = snapshot["phone"]
        return FromPhone(Account(phone["username"], "", "", phone["user_id"], phone["name"])), dialled
    except (KeyError, TypeError) as error:
        raise ValueError("not a call snapshot") from error


class Invitation:
    """An INVITE that was let in. `origin` is who proved to be its sender, `dialled` whom it calls."""

    def __init__(self, request: Request, origin: Origin, dialled: str) -> None:
        self.origin = origin
        self.dialled = dialled
        self._request_received = request
        self.replaces: Replaces | None = replaced_by(request)

    @property
    def request_uri(self) -> str:
        return self._request_received.target

    @property
    def caller(self) -> NameAddress:
        address = self._asserted() or self._request_received.from_
        return NameAddress(str(address.uri), address.name)

    def _asserted(self) -> Address | None:
        if not isinstance(self.origin, FromTrunk):
            return None
        try:
            value = first_address(self._request_received.headers.get("p-asserted-identity", ()))
            return parse_address(value) if value else None
        except MalformedMessage:
            return None

    @property
    def caller_number(self) -> str | None:
        if self.withheld:
            return None
        if isinstance(self.origin, FromPhone):
            return self.origin.account.username
        return (self._asserted() or self._request_received.from_).uri.user

    @property
    def withheld(self) -> bool:
        request = self._request_received
        if wants_privacy(request):
            return True
        if isinstance(self.origin, FromPhone):
            return is_anonymous(request.from_)
        address = self._asserted() or request.from_
        return not address.uri.user or is_anonymous(address)

    @property
    def sdp(self) -> str | None:
        return self._request_received.sdp()

    @property
    def max_forwards(self) -> int:
        return self._request_received.max_forwards

    @property
    def headers(self) -> Mapping[str, Sequence[str]]:
        return self._request_received.headers
