"""Dialogs of RFC 3261, Section 12: pure."""

from bridges.sip.dialog.dialog import Dialog, OutOfOrder

__all__ = ["Dialog", "OutOfOrder"]
