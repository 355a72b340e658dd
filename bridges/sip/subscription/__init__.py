"""Phones that watch somebody's calls (busy lamp fields) or their own mailbox: RFC 6665 with the packages of
RFC 4235 (dialog), RFC 3856 (presence) and RFC 3842 (message-summary)."""

from bridges.sip.subscription.asking import MESSAGE_SUMMARY, PRESENCE, Asked, BadSubscribe, read_subscribe
from bridges.sip.subscription.dialog_info import ALLOW_EVENTS, CONTENT_TYPE, Lamp, LampState, document
from bridges.sip.subscription.machine import Gone, Notify, Shown, Subscription
from bridges.sip.subscription.message_summary import SIMPLE_MESSAGE_SUMMARY, MessageSummary, summary
from bridges.sip.subscription.pidf import PIDF, Presentity, pidf

__all__ = [
    "ALLOW_EVENTS",
    "CONTENT_TYPE",
    "MESSAGE_SUMMARY",
    "PIDF",
    "PRESENCE",
    "SIMPLE_MESSAGE_SUMMARY",
    "Asked",
    "BadSubscribe",
    "Gone",
    "Lamp",
    "LampState",
    "MessageSummary",
    "Notify",
    "Presentity",
    "Shown",
    "Subscription",
    "document",
    "pidf",
    "read_subscribe",
    "summary",
]
