"""Dialogs of both sides."""

import json
from dataclasses import replace

import pytest

from bridges.sip.dialog import Dialog, OutOfOrder
from bridges.sip.message import (
    Flow,
    MalformedMessage,
    OutgoingRequest,
    Request,
    Response,
    Transport,
    make_response,
    parse_message,
)
from bridges.sip.message.reply import Header

FLOW = Flow(Transport.UDP, "192.0.2.1", 5060)

INVITE = OutgoingRequest(
    method="INVITE",
    uri="sip:202@example.org",
    transport=Transport.UDP,
    sent_by="192.0.2.1:5060",
    branch="z9hG4bK1",
    from_='"Anna" <sip:201@example.org>;tag=a',
    to="<sip:202@example.org>",
    call_id="c1",
    cseq=10,
    headers=(
        ("Contact", "<sip:201@192.0.2.1:5060;line=a%20b>"),
        ("Record-Route", "<sip:p2;lr>, <sip:p1;lr>"),
    ),
)


def received(request: OutgoingRequest) -> Request:
    message = parse_message(request.encode(), FLOW)
    assert isinstance(message, Request)
    return message


def answer(status: int = 200, tag: str = "b", headers: tuple[Header, ...] = ()) -> Response:
    contact = ("Contact", "<sip:202@192.0.2.2:5062>")
    routes = ("Record-Route", "<sip:p2;lr>, <sip:p1;lr>")
    data = make_response(received(INVITE), status, to_tag=tag, headers=(contact, routes, *headers))
    message = parse_message(data, FLOW)
    assert isinstance(message, Response)
    return message


def sent(dialog: Dialog, method: str = "BYE", cseq: int | None = None) -> OutgoingRequest:
    return dialog.request(method, transport=Transport.UDP, sent_by="h:1", branch="z9hG4bKx", cseq=cseq)


def test_the_two_sides_of_one_dialog_mirror_each_other() -> None:
    uac = Dialog.as_uac(INVITE, "a", answer())
    uas = Dialog.as_uas(received(INVITE), "b")
    assert (uac.local, uac.remote) == (uas.remote, uas.local)
    assert (uac.local_tag, uac.remote_tag) == (uas.remote_tag, uas.local_tag)
    assert uac.route_set == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert uas.route_set == ("<sip:p2;lr>", "<sip:p1;lr>")
    assert uas.remote_target == "sip:201@192.0.2.1:5060;line=a%20b", "letter for letter"


def test_requests_count_up_and_an_ack_has_the_number_of_its_invite() -> None:
    uac = Dialog.as_uac(INVITE, "a", answer())
    assert [sent(uac).cseq, sent(uac, "ACK", 10).cseq, sent(uac).cseq] == [11, 10, 12]
    bye = sent(uac)
    assert (bye.uri, bye.route, bye.to) == (
        "sip:202@192.0.2.2:5062",
        uac.route_set,
        "<sip:202@example.org>;tag=b",
    )


def test_a_strict_router_gets_its_uri_as_request_uri() -> None:
    dialog = replace(Dialog.as_uac(INVITE, "a", answer()), route_set=("<sip:old@p1>", "<sip:p2;lr>"))
    bye = sent(dialog)
    assert bye.uri == "sip:old@p1"
    assert bye.route == ("<sip:p2;lr>", "<sip:202@192.0.2.2:5062>")


def test_the_next_hop_is_the_route_or_the_contact() -> None:
    dialog = Dialog.as_uac(INVITE, "a", answer())
    assert dialog.next_hop() == ("p1", 5060)
    assert replace(dialog, route_set=()).next_hop() == ("192.0.2.2", 5062)
    assert replace(dialog, route_set=(), remote_target="tel:1").next_hop() is None
    assert replace(dialog, route_set=("junk",)).next_hop() is None


def test_an_old_cseq_is_out_of_order() -> None:
    dialog = Dialog.as_uas(received(INVITE), "b")
    with pytest.raises(OutOfOrder):
        dialog.receive(received(replace(INVITE, method="INFO", cseq=9)))
    dialog.receive(received(replace(INVITE, method="INFO", cseq=12)))


def test_reinvite_and_update_move_the_target_and_others_do_not() -> None:
    dialog = Dialog.as_uas(received(INVITE), "b")
    for number, method in enumerate(("INFO", "INVITE", "UPDATE")):
        headers = (("Contact", f"<sip:new{number}@h>"),)
        dialog.receive(received(replace(INVITE, method=method, cseq=20 + number, headers=headers)))
        assert dialog.remote_target == (
            "sip:201@192.0.2.1:5060;line=a%20b" if not number else f"sip:new{number}@h"
        )
    dialog.refresh(answer())
    assert dialog.remote_target == "sip:202@192.0.2.2:5062"


def test_an_invite_without_contact_makes_no_dialog() -> None:
    with pytest.raises(MalformedMessage):
        Dialog.as_uas(received(replace(INVITE, headers=())), "b")


def test_forks_make_dialogs_of_their_own() -> None:
    dialogs = {Dialog.as_uac(INVITE, "a", answer(180, tag)).remote_tag for tag in ("b", "c")}
    assert dialogs == {"b", "c"}


def test_a_snapshot_is_json_and_leaves_room_in_cseq() -> None:
    dialog = Dialog.as_uac(INVITE, "a", answer())
    restored = Dialog.restore(json.loads(json.dumps(dialog.snapshot())))
    assert sent(restored).cseq > sent(dialog).cseq + 100
    assert restored.route_set == dialog.route_set
    with pytest.raises(ValueError, match="snapshot"):
        Dialog.restore({"call_id": "x"})
