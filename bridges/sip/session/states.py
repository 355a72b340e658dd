"""States of an INVITE session, what moves it, and every transition (RFC 3261, Sections 12 to 15)."""

from enum import Enum

__all__ = ["UAC_TRANSITIONS", "UAS_TRANSITIONS", "State", "Trigger"]


class State(Enum):
    """Where the first INVITE and its dialog stand.

    CALLING (ours) and INCOMING (the peer's) have no dialog yet; EARLY has one by a provisional answer;
    CONNECTING has a 2xx without its ACK; DISCONNECTED is the end.
    """

    CALLING = "calling"
    INCOMING = "incoming"
    EARLY = "early"
    CONNECTING = "connecting"
    CONFIRMED = "confirmed"
    DISCONNECTED = "disconnected"


class Trigger(Enum):
    """What moves a session."""

    SEND_1XX = "our 101-199"
    RECEIVE_1XX = "101-199"
    SEND_2XX = "our 2xx"
    RECEIVE_2XX = "2xx"
    SEND_ACK = "our ACK"
    RECEIVE_ACK = "ACK"
    SEND_FAILURE = "our 300-699"
    RECEIVE_FAILURE = "300-699"
    RECEIVE_CANCEL = "CANCEL"
    SEND_BYE = "our BYE"
    RECEIVE_BYE = "BYE"
    GIVE_UP = "nothing comes any more, or nobody waits for it"


Transitions = dict[tuple[State, Trigger], State]

#: The user agent client: an INVITE of ours.
UAC_TRANSITIONS: Transitions = {
    (State.CALLING, Trigger.RECEIVE_1XX): State.EARLY,
    (State.CALLING, Trigger.RECEIVE_2XX): State.CONNECTING,
    (State.CALLING, Trigger.RECEIVE_FAILURE): State.DISCONNECTED,
    (State.CALLING, Trigger.GIVE_UP): State.DISCONNECTED,
    (State.EARLY, Trigger.RECEIVE_1XX): State.EARLY,
    (State.EARLY, Trigger.RECEIVE_2XX): State.CONNECTING,
    (State.EARLY, Trigger.RECEIVE_FAILURE): State.DISCONNECTED,
    (State.EARLY, Trigger.RECEIVE_BYE): State.DISCONNECTED,
    (State.EARLY, Trigger.GIVE_UP): State.DISCONNECTED,
    (State.CONNECTING, Trigger.SEND_ACK): State.CONFIRMED,
    (State.CONNECTING, Trigger.SEND_BYE): State.DISCONNECTED,
    (State.CONNECTING, Trigger.RECEIVE_BYE): State.DISCONNECTED,
    (State.CONFIRMED, Trigger.SEND_BYE): State.DISCONNECTED,
    (State.CONFIRMED, Trigger.RECEIVE_BYE): State.DISCONNECTED,
}

#: The user agent server: an INVITE of the peer's.
UAS_TRANSITIONS: Transitions = {
    (State.INCOMING, Trigger.SEND_1XX): State.EARLY,
    (State.INCOMING, Trigger.SEND_2XX): State.CONNECTING,
    (State.INCOMING, Trigger.SEND_FAILURE): State.DISCONNECTED,
    (State.INCOMING, Trigger.RECEIVE_CANCEL): State.DISCONNECTED,
    (State.INCOMING, Trigger.RECEIVE_BYE): State.DISCONNECTED,
    (State.INCOMING, Trigger.GIVE_UP): State.DISCONNECTED,
    (State.EARLY, Trigger.SEND_1XX): State.EARLY,
    (State.EARLY, Trigger.SEND_2XX): State.CONNECTING,
    (State.EARLY, Trigger.SEND_FAILURE): State.DISCONNECTED,
    (State.EARLY, Trigger.RECEIVE_CANCEL): State.DISCONNECTED,
    (State.EARLY, Trigger.RECEIVE_BYE): State.DISCONNECTED,
    (State.EARLY, Trigger.GIVE_UP): State.DISCONNECTED,
    (State.CONNECTING, Trigger.RECEIVE_ACK): State.CONFIRMED,
    (State.CONNECTING, Trigger.SEND_BYE): State.DISCONNECTED,
    (State.CONNECTING, Trigger.RECEIVE_BYE): State.DISCONNECTED,
    (State.CONFIRMED, Trigger.SEND_BYE): State.DISCONNECTED,
    (State.CONFIRMED, Trigger.RECEIVE_BYE): State.DISCONNECTED,
}
