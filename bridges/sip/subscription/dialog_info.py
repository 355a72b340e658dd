"""What a lamp shows, as an `application/dialog-info+xml` document (RFC 4235)."""

from dataclasses import dataclass
from enum import Enum

from bridges.sip.subscription.xml_text import quoted, text

__all__ = ["ALLOW_EVENTS", "CONTENT_TYPE", "Lamp", "LampState", "document"]

CONTENT_TYPE = "application/dialog-info+xml"
ALLOW_EVENTS = ("Allow-Events", "dialog, presence, message-summary")


class LampState(Enum):
    """States of a dialog, in the words of RFC 4235, Section 3.7.1: idle, ringing, talking."""

    TERMINATED = "terminated"
    EARLY = "early"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Lamp:
    """The one state of whoever is watched. `remote` (URI and name) is whom the call is with, where watchers
    may know; `call_id` and the tags are what an INVITE with Replaces names to pick the call up (RFC 3891).
    `held`: no call of theirs is heard at the moment.
    """

    state: LampState = LampState.TERMINATED
    recipient: bool = False
    remote: tuple[str, str] | None = None
    call_id: str = ""
    local_tag: str = ""
    remote_tag: str = ""
    held: bool = False


def document(entity: str, watched: str, version: int, lamp: Lamp) -> bytes:
    """The whole state of `entity` (a URI).

    Always one dialog of one id (`watched`), as most phones keep one lamp a key: a document without any does
    not put it out on all of them.
    """
    attributes = {"id": watched}
    if lamp.state is not LampState.TERMINATED:
        attributes |= {"direction": "recipient" if lamp.recipient else "initiator"}
        given = {"call-id": lamp.call_id, "local-tag": lamp.local_tag, "remote-tag": lamp.remote_tag}
        attributes |= {name: value for name, value in given.items() if value}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}" state="full"'
        f" entity={quoted(entity)}>",
        f"<dialog {' '.join(f'{name}={quoted(value)}' for name, value in attributes.items())}>",
        f"<state>{lamp.state.value}</state>",
        *_side("local", entity, "", held=lamp.held),
        *(_side("remote", *lamp.remote) if lamp.remote else ()),
        "</dialog>",
        "</dialog-info>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _side(name: str, uri: str, display: str, *, held: bool = False) -> list[str]:
    shown = f" display={quoted(display)}" if display else ""
    identity = f"<identity{shown}>{text(uri)}</identity>"
    target = f"<target uri={quoted(uri)}"
    # RFC 4235, Section 4.1.6.2: the parameter that says that nothing of the call is rendered.
    target += '><param pname="+sip.rendering" pvalue="no"/></target>' if held else "/>"
    return [f"<{name}>{identity}{target}</{name}>"]
