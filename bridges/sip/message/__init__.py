"""SIP messages: strict ingress, values, framing, and writing them.

The values (`URI`, `Address`, `Via`, `CSeq`) are the library `sipmessage`'s. Its parser is not used
on what the network sends: it knows neither folding nor `Name :`, refuses hosts such as `pbx1`,
splits `qop="auth,auth-int"` at the comma, raises `TypeError` for a parameter called `self`, and its
pattern of an Authorization value takes exponential time on crafted input.
"""

from bridges.sip.message.errors import MalformedMessage
from bridges.sip.message.flow import Flow, Transport
from bridges.sip.message.framing import Ping, StreamFramer
from bridges.sip.message.ingress import is_keep_alive, parse_message, restore_request
from bridges.sip.message.model import Request, Response
from bridges.sip.message.outgoing import OutgoingRequest
from bridges.sip.message.reply import make_response

__all__ = [
    "Flow",
    "MalformedMessage",
    "OutgoingRequest",
    "Ping",
    "Request",
    "Response",
    "StreamFramer",
    "Transport",
    "is_keep_alive",
    "make_response",
    "parse_message",
    "restore_request",
]
