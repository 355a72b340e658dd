"""Every parser of what strangers send raises its own error, or none, for any bytes; and soon."""

from contextlib import suppress

from google.protobuf.message import DecodeError
from livekit.protocol import rtc

from bridges.media.rtcp import RtcpSession
from bridges.media.stream import IncomingStream, OutgoingStream
from bridges.sdp.audio import read_plain, read_webrtc
from bridges.sdp.description import parse as parse_sdp
from bridges.sdp.errors import MalformedSdp
from bridges.sip.auth import DigestClient, parse_credentials
from bridges.sip.dialog import Dialog
from bridges.sip.message import (
    Flow,
    MalformedMessage,
    Request,
    StreamFramer,
    Transport,
    is_keep_alive,
    make_response,
    parse_message,
)
from bridges.sip.message.reply import make_error_response
from bridges.sip.session.headers import reasons_of
from bridges.sip.session.timer import IntervalTooSmall, negotiate_as_uas
from bridges.sip.transport.keys import keys_of
from bridges.sip.transport.values import wants_privacy
from server.phonebooks import files, rules
from server.sfu.errors import Refused
from server.sfu.forwarding import packet, rtcp
from server.sfu.signal import ingress, joining
from server.sfu.signal import sdp as sfu_sdp
from tests.fuzz.damage import try_out
from webrtc import framing, ice

FLOW = Flow(Transport.UDP, "192.0.2.7", 40000)


def read_sip(data: bytes) -> None:
    """A datagram, and what is asked of a message that could be read."""
    if is_keep_alive(data):
        return
    try:
        message = parse_message(data, FLOW)
    except MalformedMessage as error:
        make_error_response(error, FLOW, "tag")
        return
    message.parts()
    message.sdp()
    message.contact_target()
    message.record_route()
    message.from_.name.encode()
    reasons_of(message)
    for value in message.headers.get("authorization", ()):
        with suppress(MalformedMessage):
            parse_credentials(value)
    DigestClient("u", "p").attempt().take(message.headers)
    if isinstance(message, Request):
        read_request(message)


def read_request(request: Request) -> None:
    make_response(request, 200, to_tag="tag")
    keys_of(request)
    wants_privacy(request)
    with suppress(IntervalTooSmall):
        negotiate_as_uas(request, 0)
    if request.method == "INVITE":
        with suppress(MalformedMessage):
            dialog = Dialog.as_uas(request, "tag")
            dialog.request("BYE", transport=Transport.UDP, sent_by="192.0.2.1:5060", branch="z").encode()


def read_stream(data: bytes) -> None:
    framer = StreamFramer()
    with suppress(MalformedMessage):
        for at in range(0, len(data), 1_400):
            for item in framer.feed(data[at : at + 1_400]):
                if isinstance(item, bytes):
                    read_sip(item)


def read_descriptions(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    with suppress(MalformedSdp):
        description = parse_sdp(text)
        str(description)
        for read in (read_plain, read_webrtc):
            with suppress(MalformedSdp):
                read(description)
    with suppress(sfu_sdp.BadSdp):
        sfu_sdp.parse(text)


def read_stun(data: bytes) -> None:
    request = ice.read_request(data)
    if request is not None:
        ice.local_ufrag(request)
    with suppress(framing.BadFrame):
        framing.Deframer().feed(data)


def read_rtp(data: bytes) -> None:
    with suppress(packet.BadPacket):
        packet.parse(data)
    if len(data) >= 12:
        IncomingStream().count(data, 1.0)


def read_rtcp(data: bytes) -> None:
    with suppress(packet.BadPacket):
        rtcp.parse(data)
    session = RtcpSession(OutgoingStream(7, 1, 1), IncomingStream(), "name")
    session.receive(data, 1.0, 1.7e9)
    session.report(2.0, 1.7e9)


def read_signalling(data: bytes) -> None:
    with suppress(DecodeError, Refused):
        ingress.check(rtc.SignalRequest.FromString(data))
    with suppress(joining.BadJoinRequest):
        joining.read(data.decode("latin-1"))


def read_contacts(data: bytes) -> None:
    with suppress(rules.UnreadableFile, rules.FileTooLarge):
        for draft in files.read(data):
            str(draft)


def test_sip_messages() -> None:
    try_out("sip", read_sip)


def test_sip_streams() -> None:
    try_out("sip", read_stream)


def test_session_descriptions() -> None:
    try_out("sdp", read_descriptions)


def test_stun_and_its_frames() -> None:
    try_out("stun", read_stun)


def test_rtp() -> None:
    try_out("rtp", read_rtp)


def test_rtcp() -> None:
    try_out("rtcp", read_rtcp)


def test_signalling_of_meetings() -> None:
    try_out("signalling", read_signalling)


def test_files_of_contacts() -> None:
    try_out("contacts", read_contacts)
