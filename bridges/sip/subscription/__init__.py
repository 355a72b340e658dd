"""Phones that watch somebody's calls (busy lamp fields): RFC 6665 with the dialog package of RFC 4235."""

from bridges.sip.subscription.asking import Asked, BadSubscribe, read_subscribe
from bridges.sip.subscription.dialog_info import ALLOW_EVENTS, CONTENT_TYPE, Lamp, LampState, document
from bridges.sip.subscription.machine import Gone, Notify, Subscription

__all__ = [
    "ALLOW_EVENTS",
    "CONTENT_TYPE",
    "Asked",
    "BadSubscribe",
    "Gone",
    "Lamp",
    "LampState",
    "Notify",
    "Subscription",
    "document",
    "read_subscribe",
]
