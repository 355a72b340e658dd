"""Between the API's values and header values."""

import re
from collections.abc import Sequence
from contextlib import suppress

from sipmessage import URI, Address

from bridges.sip.message import Flow, MalformedMessage, Request
from bridges.sip.message.grammar import (
    parse_address,
    quote_display_name,
    split_list,
)
from bridges.sip.transport.api import EndpointConfig, NameAddress

__all__ = [
    "claims_extension",
    "is_anonymous",
    "listens_elsewhere",
    "name_addr",
    "speaks_sips",
    "wants_privacy",
]

ANONYMOUS = frozenset({"anonymous", "restricted", "unavailable"})
REMOTE_PARTY_PRIVACY = re.compile(r";\s*privacy\s*=\s*\"?(?:full|uri)\b", re.IGNORECASE)
#: User names of phones; longer digit strings are telephone numbers.
EXTENSION = re.compile(
    r"(?!\+|[0-9]{7}|anonymous$|restricted$|unavailable$|unknown$)[^@]{1,64}", re.IGNORECASE
)


def name_addr(address: NameAddress) -> str:
    """`"Name" <uri>`; what could end the URI early is taken out of it."""
    uri = re.sub(r"[<>\s\"]", "", address.uri)
    return f"{quote_display_name(address.name)} <{uri}>" if address.name else f"<{uri}>"


def claims_extension(request: Request, config: EndpointConfig) -> bool:
    """Whether a request brings our digest, or names one of our extensions as its sender, as phones do.

    Providers name numbers, at hosts of their own.
    """
    digests = (*request.headers.get("authorization", ()), *request.headers.get("proxy-authorization", ()))
    if any(f'realm="{config.realm}"' in value for value in digests):
        return True
    ours = {config.domain.lower(), config.host, config.advertised_host, *config.advertised.hosts}
    senders = [request.from_]
    with suppress(MalformedMessage):
        value = first_address(request.headers.get("p-preferred-identity", ()))
        senders += [parse_address(value)] if value else []
    return any(
        sender.uri.host.lower() in ours and EXTENSION.fullmatch(sender.uri.user or "") for sender in senders
    )


def is_anonymous(address: Address) -> bool:
    """Whether From names nobody (RFC 3323, Section 4.1.1.3, and what devices write instead)."""
    user = (address.uri.user or "").lower()
    return address.uri.host.lower() == "anonymous.invalid" or user in ANONYMOUS


def wants_privacy(request: Request) -> bool:
    """Whether the caller's identity is to be withheld (RFC 3323, Section 4.2; RFC 3325, Section 9.3), also
    by `Remote-Party-ID`, which came before."""
    asked = {item.strip() for value in request.tokens("privacy") for item in value.split(";")}
    older = request.headers.get("remote-party-id", ())
    return bool(asked & {"id", "user", "header"}) or any(REMOTE_PARTY_PRIVACY.search(v) for v in older)


def speaks_sips(request: Request) -> bool:
    """Whether the sender of a request wants `sips:` Contacts (RFC 3261, Section 12.1.1)."""
    return request.uri.scheme == "sips" or any(one.uri.scheme == "sips" for one in request.contacts[:1])


def listens_elsewhere(uri: URI, flow: Flow) -> bool:
    """Whether a phone sends over UDP from another port than it listens on: its Contact has the address that
    it sends from, so that no NAT stands between (RFC 3581, Section 1), and another port."""
    if flow.transport.reliable or (uri.parameters.get("transport") or "udp").lower() != "udp":
        return False
    return uri.host.strip("[]").lower() == flow.host.lower() and (uri.port or 5060) != flow.port


def first_address(values: Sequence[str]) -> str | None:
    """The first item of a header of addresses."""
    return split_list(values[0])[0] if values else None
