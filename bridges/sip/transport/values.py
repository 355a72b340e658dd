"""Between the API's values and header values."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sipmessage import URI, Address

from bridges.sip.message import Flow, MalformedMessage, Request, Response, Transport
from bridges.sip.message.grammar import (
    parse_address,
    parse_number,
    parse_parameters,
    quote_display_name,
    split_list,
)
from bridges.sip.message.reply import Header
from bridges.sip.transport.api import EndpointConfig, NameAddress, Reason

__all__ = [
    "ACCEPT",
    "ALLOW",
    "claims_extension",
    "flow_of",
    "flow_snapshot",
    "is_address",
    "is_anonymous",
    "listens_elsewhere",
    "name_addr",
    "reason_headers",
    "reasons_of",
    "unsupported_extensions",
    "wants_privacy",
]

#: Bodies that are read where a session is made or changed.
ACCEPT = "application/sdp, multipart/mixed, multipart/alternative"
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"
#: Option tags that may stand in Require (RFC 3261, Section 20.32). 100rel may not: it is answered 420.
EXTENSIONS = frozenset({"timer"})
ANONYMOUS = frozenset({"anonymous", "restricted", "unavailable"})
REMOTE_PARTY_PRIVACY = re.compile(r";\s*privacy\s*=\s*\"?(?:full|uri)\b", re.IGNORECASE)
#: User names of phones; longer digit strings are telephone numbers.
EXTENSION = re.compile(
    r"(?!\+|[0-9]{7}|anonymous$|restricted$|unavailable$|unknown$)[^@]{1,64}", re.IGNORECASE
)


def flow_snapshot(flow: Flow) -> dict[str, Any]:
    """The flow, JSON-serialisable."""
    return {"transport": flow.transport.value, "host": flow.host, "port": flow.port}


def flow_of(snapshot: Mapping[str, Any]) -> Flow:
    """The flow in a snapshot. Raises `ValueError` if there is none."""
    try:
        return Flow(Transport(snapshot["transport"]), str(snapshot["host"]), int(snapshot["port"]))
    except (KeyError, TypeError) as error:
        raise ValueError("not a snapshot of a flow") from error


def name_addr(address: NameAddress) -> str:
    """`"Name" <uri>`; what could end the URI early is taken out of it."""
    uri = re.sub(r"[<>\s\"]", "", address.uri)
    return f"{quote_display_name(address.name)} <{uri}>" if address.name else f"<{uri}>"


def reason_headers(reason: Reason | None) -> tuple[Header, ...]:
    """The Reason header (RFC 3326), if there is a reason."""
    if reason is None:
        return ()
    cause = "" if reason.cause is None else f";cause={reason.cause}"
    text = f";text={quote_display_name(reason.text)}" if reason.text else ""
    return (("Reason", f"{reason.protocol}{cause}{text}"),)


def reasons_of(message: Request | Response | None) -> tuple[Reason, ...]:
    """The Reason values of a message; what does not parse is left out."""
    found = []
    for value in message.headers.get("reason", ()) if message else ():
        try:
            found += [reason_of(item) for item in split_list(value)]
        except MalformedMessage:
            continue
    return tuple(found)


def reason_of(value: str) -> Reason:
    protocol, semicolon, rest = value.partition(";")
    parameters = parse_parameters(semicolon + rest)
    cause = parameters.get("cause")
    return Reason(
        protocol.strip(), parse_number(cause, "cause") if cause else None, parameters.get("text") or ""
    )


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


def unsupported_extensions(request: Request) -> list[str]:
    """Option tags in Require that we do not speak."""
    return [tag for tag in request.tokens("require") if tag not in EXTENSIONS]


def is_address(host: str) -> bool:
    """Whether a host is an IP address, not a name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def listens_elsewhere(uri: URI, flow: Flow) -> bool:
    """Whether a phone sends over UDP from another port than it listens on: its Contact has the address that
    it sends from, so that no NAT stands between (RFC 3581, Section 1), and another port."""
    if flow.transport is not Transport.UDP or (uri.parameters.get("transport") or "udp").lower() != "udp":
        return False
    return uri.host.strip("[]").lower() == flow.host.lower() and (uri.port or 5060) != flow.port


def first_address(values: Sequence[str]) -> str | None:
    """The first item of a header of addresses."""
    return split_list(values[0])[0] if values else None
