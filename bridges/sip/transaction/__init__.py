"""Transactions of RFC 3261, Section 17, as corrected by RFC 6026: pure machines."""
