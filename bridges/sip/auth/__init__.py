"""Digest authentication of SIP (RFC 3261, Section 22; RFC 7616; RFC 8760), both sides: pure."""

from bridges.sip.auth.client import Attempt, DigestClient
from bridges.sip.auth.digest import DigestCredentials, Secret, is_digest, parse_credentials
from bridges.sip.auth.server import DigestVerifier, Verdict
from bridges.sip.auth.throttle import GuessThrottle

__all__ = [
    "Attempt",
    "DigestClient",
    "DigestCredentials",
    "DigestVerifier",
    "GuessThrottle",
    "Secret",
    "Verdict",
    "is_digest",
    "parse_credentials",
]
