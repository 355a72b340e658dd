"""Dialogs of RFC 3261, Section 12: pure."""
