"""Who holds the secret that two processes share (RFC 6750, Section 2.1): one check for all our listeners.

Of the web process: `/internal/v1` and `/metrics`; of the bridge: its control port, `/metrics`, and what the
homeserver sends.
"""

import hmac

__all__ = ["holds", "token_of"]


def token_of(authorization: str) -> str:
    """The token of an `Authorization` header; "" where it has none, or is of another scheme."""
    scheme, _, token = authorization.partition(" ")
    return token.strip(" ") if scheme.lower() == "bearer" else ""


def holds(authorization: str, secret: str) -> bool:
    """Whether the header carries `secret`. Nobody holds an empty one. It takes as long whatever was sent."""
    given = token_of(authorization).encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, secret.encode()) and secret != ""
