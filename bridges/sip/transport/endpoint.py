"""`SipEndpoint`: the asyncio shell over transactions, dialogs, registrar and trunks.

The values, events and calls are in `bridges.sip.transport.api`, whose docstring tells the story.
"""

from collections.abc import Sequence

from bridges.sip.transport.api import (
    Accounts,
    Contact,
    Credentials,
    DialogSnapshot,
    EndpointConfig,
    NameAddress,
    OnInvite,
    OnRegistrationChange,
    OnTrunkChange,
    OutgoingCall,
    Reason,
    RegistrationStore,
    Target,
    TrunkStatus,
)

__all__ = ["SipEndpoint"]


class SipEndpoint:
    """Listens on UDP and TCP; registrar, user agent client and server of many calls.

    `accounts` may be None for an endpoint between peers (no phone can register or call then).
    Set `on_invite` before `start`; without it calls are answered 480.
    """

    on_invite: OnInvite | None
    on_registration_change: OnRegistrationChange | None
    on_trunk_change: OnTrunkChange | None

    def __init__(
        self,
        config: EndpointConfig,
        accounts: Accounts | None = None,
        registration_store: RegistrationStore | None = None,
    ) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        """Bind the sockets, load registrations, begin to register trunks. Raises `OSError`."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Hang up what is live, unregister trunks (briefly waited for), close the sockets."""
        raise NotImplementedError

    @property
    def udp_port(self) -> int | None:
        """The bound UDP port."""
        raise NotImplementedError

    @property
    def tcp_port(self) -> int | None:
        """The bound TCP port."""
        raise NotImplementedError

    async def invite(
        self,
        target: Target,
        *,
        from_: NameAddress,
        to: NameAddress,
        sdp: str | None,
        headers: Sequence[tuple[str, str]] = (),
        credentials: Credentials | None = None,
    ) -> OutgoingCall:
        """Send an INVITE. Returns once it is on its way; what becomes of it are events of the call."""
        raise NotImplementedError

    def contacts(self, username: str) -> list[Contact]:
        """The live contacts of a SIP user name, best first."""
        raise NotImplementedError

    def registered(self) -> list[str]:
        """SIP user names with a live contact, sorted."""
        raise NotImplementedError

    def target_of(self, contact: Contact) -> Target:
        """Where to send an INVITE for a registered contact."""
        raise NotImplementedError

    def trunk_target(self, name: str, number: str) -> Target:
        """Where to send an INVITE for `number` through a trunk. Raises `KeyError`."""
        raise NotImplementedError

    def trunk_credentials(self, name: str) -> Credentials | None:
        """What answers a trunk's digest challenge, if it has a user name. Raises `KeyError`."""
        raise NotImplementedError

    def trunk_status(self) -> list[TrunkStatus]:
        """The state of every trunk."""
        raise NotImplementedError

    def bye_snapshot(self, snapshot: DialogSnapshot, reason: Reason | None = None) -> None:
        """Hang up a call of an earlier run. Raises `ValueError` for what is no snapshot."""
        raise NotImplementedError
