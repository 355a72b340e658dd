"""The key that signs the provider's tokens, made from a secret of the data directory."""

import hashlib
import hmac
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

#: RFC 7518, Section 3.4.
ALGORITHM = "ES256"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class SigningKey:
    """A P-256 key; the same seed gives the same key, so that a restart voids no token."""

    def __init__(self, seed: str) -> None:
        # 512 bits reduced to 256: the bias is beyond notice (FIPS 186-5, Appendix A.2.1).
        digest = hmac.new(seed.encode(), b"unisono:oidc", hashlib.sha512).digest()
        scalar = int.from_bytes(digest, "big") % (_ORDER - 1) + 1
        private = ec.derive_private_key(scalar, ec.SECP256R1())
        self.key = ECKey.import_key(private)
        self.key.ensure_kid()

    @property
    def kid(self) -> str:
        return str(self.key.kid)

    def jwks(self) -> dict[str, Any]:
        """The public half (RFC 7517, Section 5)."""
        public = self.key.as_dict(private=False)
        return {"keys": [{**public, "use": "sig", "alg": ALGORITHM, "kid": self.kid}]}

    def sign(self, claims: dict[str, Any], kind: str) -> str:
        """A compact JWS with `kind` as its `typ`."""
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": kind}
        return jwt.encode(header, claims, self.key, [ALGORITHM])
