from xml.etree import ElementTree

import pytest

from bridges.sip.subscription import Lamp, LampState, document

NS = {"d": "urn:ietf:params:xml:ns:dialog-info"}


def read(data: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(data)  # noqa: S314 - our own document


def test_an_idle_lamp_is_one_dialog_that_is_over() -> None:
    root = read(document("sip:202@example.org", "202", 0, Lamp()))
    assert root.tag == "{urn:ietf:params:xml:ns:dialog-info}dialog-info"
    assert root.attrib == {"version": "0", "state": "full", "entity": "sip:202@example.org"}
    (dialog,) = root.findall("d:dialog", NS)
    assert dialog.attrib == {"id": "202"}
    assert dialog.findtext("d:state", None, NS) == "terminated"
    assert dialog.find("d:remote", NS) is None


def test_a_call_that_rings_says_who_calls_and_how_it_is_picked_up() -> None:
    lamp = Lamp(LampState.EARLY, True, ("sip:201@example.org", "Anna Rossi"), "01A", "near", "far")
    (dialog,) = read(document("sip:202@example.org", "202", 7, lamp)).findall("d:dialog", NS)
    assert dialog.attrib == {
        "id": "202",
        "direction": "recipient",
        "call-id": "01A",
        "local-tag": "near",
        "remote-tag": "far",
    }
    identity = dialog.find("d:remote/d:identity", NS)
    assert identity is not None
    assert (identity.text, identity.attrib) == ("sip:201@example.org", {"display": "Anna Rossi"})
    target = dialog.find("d:remote/d:target", NS)
    assert target is not None
    assert target.attrib == {"uri": "sip:201@example.org"}


def test_a_talk_does_not_say_with_whom() -> None:
    (dialog,) = read(document("sip:2@x", "2", 1, Lamp(LampState.CONFIRMED))).findall("d:dialog", NS)
    assert dialog.attrib == {"id": "2", "direction": "initiator"}
    assert dialog.findtext("d:state", None, NS) == "confirmed"
    assert dialog.find("d:remote", NS) is None


@pytest.mark.parametrize(
    ("held", "params"), [(True, [{"pname": "+sip.rendering", "pvalue": "no"}]), (False, [])]
)
def test_a_call_that_is_held_is_not_rendered(held: bool, params: list[dict[str, str]]) -> None:
    lamp = Lamp(LampState.CONFIRMED, held=held)
    (dialog,) = read(document("sip:2@x", "2", 1, lamp)).findall("d:dialog", NS)
    assert [one.attrib for one in dialog.findall("d:local/d:target/d:param", NS)] == params


@pytest.mark.parametrize("name", ['A & B <"x">', "nul\x00 bell\x07", "half \ud800 pair", "Zoë 🎺"])
def test_whatever_a_caller_is_called_the_document_can_be_read(name: str) -> None:
    lamp = Lamp(LampState.EARLY, True, ('sip:"><&@x', name))
    root = read(document("sip:202@x", "202", 0, lamp))
    identity = root.find("d:dialog/d:remote/d:identity", NS)
    assert identity is not None
    assert identity.text == 'sip:"><&@x'
    clean = "".join(char if char.isprintable() else "\ufffd" for char in name)
    assert identity.attrib["display"] == clean
