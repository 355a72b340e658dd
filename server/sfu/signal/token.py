"""LiveKit's access tokens: JSON Web Tokens signed with HS256 (RFC 7519; LiveKit, "Authentication")."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec

#: Clocks of two machines may differ by this much. Seconds.
LEEWAY = 10.0
MAX_TOKEN = 16_384
#: How long a renewed token holds at the most, and where the first does not say since when it holds. Seconds.
_LONGEST, _USUAL = 6 * 3600.0, 600.0
_HEADER = {"alg": "HS256", "typ": "JWT"}


class BadToken(Exception):
    """Not a token of ours, expired, not yet valid or forged; nothing more is said to whoever sent it."""


class VideoGrant(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What the token allows; names as in LiveKit's `video` claim."""

    room: Annotated[str, msgspec.Meta(max_length=512)] = ""
    room_join: bool = False
    room_admin: bool = False
    room_create: bool = False
    room_list: bool = False
    can_publish: bool = True
    can_subscribe: bool = True
    can_publish_data: bool = True
    can_publish_sources: tuple[str, ...] = ()
    can_update_own_metadata: bool = False
    hidden: bool = False
    #: It records: everybody is told that the room is recorded while it is there.
    recorder: bool = False


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Who the token is for (`sub`, LiveKit's identity), until when (`exp`, seconds) and what it allows."""

    iss: str
    exp: float
    nbf: float = 0.0
    iat: float | None = None
    sub: Annotated[str, msgspec.Meta(max_length=512)] = ""
    name: Annotated[str, msgspec.Meta(max_length=512)] = ""
    metadata: Annotated[str, msgspec.Meta(max_length=65_536)] = ""
    attributes: dict[str, str] = {}
    video: VideoGrant = VideoGrant()

    @property
    def issued_at(self) -> float:
        """Seconds since 1970; LiveKit's own tokens only say from when on they hold."""
        return self.nbf if self.iat is None else self.iat


def verify(token: str, keys: Mapping[str, str], now: float) -> Claims:
    """The claims of `token`.

    Args:
        keys: secrets by issuer.
        now: seconds since 1970.

    Raises:
        BadToken: see there.
    """
    parts = token.split(".")
    if len(token) > MAX_TOKEN or len(parts) != 3:
        raise BadToken("not a token")
    try:
        header = json.loads(_decode(parts[0]))
        claims = msgspec.json.decode(_decode(parts[1]), type=Claims)
        signature = _decode(parts[2])
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise BadToken("not a token") from error
    if not isinstance(header, dict) or header.get("alg") != "HS256":
        raise BadToken("not signed with HS256")
    secret = keys.get(claims.iss)
    signed = f"{parts[0]}.{parts[1]}".encode()
    if secret is None or not hmac.compare_digest(_sign(signed, secret), signature):
        raise BadToken("not signed by us")
    if not claims.nbf - LEEWAY <= now < claims.exp + LEEWAY:
        raise BadToken("expired or not yet valid")
    return claims


def renewal(claims: Claims, video: VideoGrant, now: float) -> Claims | None:
    """What the next token says of somebody in a room, as long as the one before; None while that holds long.

    Whoever is inside holds a good token at any time: it comes when half of the time is over.

    Args:
        claims: of the token before.
        video: what its bearer may do by now.
        now: seconds since 1970.
    """
    life = min(claims.exp - claims.issued_at, _LONGEST) if claims.issued_at else _USUAL
    if claims.exp - now > life / 2:
        return None
    issued = int(now)
    return msgspec.structs.replace(
        claims, iat=issued, nbf=issued - LEEWAY, exp=float(issued + int(life)), video=video
    )


def token_of(claims: Claims, secret: str) -> str:
    """A token that says just this."""
    return mint(claims.iss, secret, msgspec.to_builtins(claims))


def one_of(tokens: Iterable[str]) -> str:
    """The one that a request bears, in whatever places; what is empty is none.

    Raises:
        BadToken: there is none, or there are several: one place would judge one of them, and another another.
    """
    found = {token for token in tokens if token}
    if len(found) != 1:
        raise BadToken("more than one token" if found else "no token")
    return found.pop()


def mint(key: str, secret: str, claims: Mapping[str, Any]) -> str:
    """A token with `claims`, to which `iss` is added."""
    body = [_encode(json.dumps(part).encode()) for part in (_HEADER, {"iss": key, **claims})]
    signed = ".".join(body)
    return f"{signed}.{_encode(_sign(signed.encode(), secret))}"


def _sign(signed: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), signed, hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
