"""Dialogs of RFC 3261, Section 12, and what lives in them: pure."""

from bridges.sip.dialog.answer import AnswerRepeater
from bridges.sip.dialog.dialog import Dialog, OutOfOrder
from bridges.sip.dialog.session_timer import SessionTimer, TimerAction, negotiate_as_uas

__all__ = ["AnswerRepeater", "Dialog", "OutOfOrder", "SessionTimer", "TimerAction", "negotiate_as_uas"]
