"""Where a provider sends an INVITE instead (RFC 3261, Section 8.1.3.4). Pure."""

from sipmessage import URI

from bridges.sip.message import MalformedMessage, Response
from bridges.sip.message.grammar import parse_uri

__all__ = ["redirected"]

#: 300 and 302; 301 too: whoever keeps accounts of addresses is the provider, not we.
MOVED = frozenset({300, 301, 302})


def redirected(response: Response, target: str) -> URI | None:
    """The first contact that is another server for the same number; None if there is none.

    A number that the callee is forwarded to is not dialled: the call would be ours to pay, and nobody has
    looked whether it may be made.
    """
    if response.status not in MOVED:
        return None
    try:
        asked = parse_uri(target)
    except MalformedMessage:
        return None
    for contact in response.contacts:
        uri = contact.uri
        elsewhere = (uri.host.lower(), uri.port or 5060) != (asked.host.lower(), asked.port or 5060)
        if uri.scheme == "sip" and elsewhere and digits(uri.user) == digits(asked.user) != "":
            return uri
    return None


def digits(user: str | None) -> str:
    """The number without parameters and whatever says that it is an international one."""
    number = (user or "").partition(";")[0]
    return "".join(char for char in number if char.isalnum() or char in "*#").removeprefix("00")
