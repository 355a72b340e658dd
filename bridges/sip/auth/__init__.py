"""Digest authentication of SIP, both sides (RFC 3261, Section 22; RFC 7616; RFC 8760)."""
