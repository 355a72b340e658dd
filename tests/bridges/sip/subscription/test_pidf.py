from typing import get_args
from xml.etree import ElementTree

import pytest

from bridges.sip.subscription import Presentity, pidf
from bridges.sip.subscription.pidf import SHOWN
from wire.presence import State

NS = {
    "p": "urn:ietf:params:xml:ns:pidf",
    "dm": "urn:ietf:params:xml:ns:pidf:data-model",
    "rpid": "urn:ietf:params:xml:ns:pidf:rpid",
}


def read(shown: Presentity) -> ElementTree.Element:
    return ElementTree.fromstring(pidf("sip:202@example.org", "202", shown))  # noqa: S314 - our own document


@pytest.mark.parametrize(
    ("state", "basic", "activities", "words"),
    [
        ("available", "open", [], "Available"),
        ("on_the_phone", "open", ["on-the-phone", "busy"], "On the phone"),
        ("held", "open", ["on-the-phone", "busy"], "On hold"),
        ("ringing", "open", ["busy"], "Ringing"),
        ("do_not_disturb", "closed", ["busy"], "Do not disturb"),
        ("in_a_meeting", "open", ["meeting", "busy"], "In a meeting"),
        ("busy", "open", ["busy"], "Busy"),
        ("away", "open", ["away"], "Away"),
        ("offline", "closed", [], "Offline"),
    ],
)
def test_each_state_has_its_document(state: State, basic: str, activities: list[str], words: str) -> None:
    root = read(Presentity(state))
    assert root.tag == "{urn:ietf:params:xml:ns:pidf}presence"
    assert root.attrib == {"entity": "sip:202@example.org"}
    # RFC 3863, Section 4.4: tuples, then notes, then what others have added.
    assert [child.tag.partition("}")[2] for child in root] == ["tuple", "note", "person"]
    assert root.findtext("p:tuple/p:status/p:basic", None, NS) == basic
    found = root.find("dm:person/rpid:activities", NS)
    assert found is not None
    assert [child.tag.partition("}")[2] for child in found] == activities
    assert root.findtext("p:note", None, NS) == words


def test_each_state_is_shown() -> None:
    assert set(SHOWN) == set(get_args(State))


@pytest.mark.parametrize("note", ['in <Milano> & "elsewhere"', "nul\x00", "until ]]> then"])
def test_whatever_somebody_says_the_document_can_be_read(note: str) -> None:
    shown = read(Presentity("away", note)).findtext("p:note", None, NS)
    assert shown == "Away: " + note.replace("\x00", "\ufffd")
