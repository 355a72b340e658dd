"""What must not stand in a log, whoever wrote the message: tokens, passwords, PINs, digests."""

import re
from collections.abc import Mapping
from functools import lru_cache

#: What a secret is replaced by.
MARK = "…"

_NAMES = (
    r"access_token|loginToken|refresh_token|id_token|client_secret|join_request|token|password|secret|pin"
)
#: In addresses and forms: `?access_token=…`.
_IN_ADDRESS = re.compile(rf"((?:{_NAMES})=)[^&\s\"']+", re.IGNORECASE)
#: In headers: `Bearer …`, and what a digest proves (RFC 7616), also of SIP.
_BEARER = re.compile(r"\b(Bearer\s+)[^\s\"',]+", re.IGNORECASE)
_DIGEST = re.compile(r"\b((?:response|nonce|cnonce)=\")[^\"]+", re.IGNORECASE)
#: Tokens of Synapse name themselves.
_SYNAPSE = re.compile(r"\bsy[tr]_\w+")
#: Of fields of our own lines.
_FIELD = re.compile(
    r"(?:^|_)(?:password|secret|token|pin|authorization|ha1|ha1_md5|ha1_sha256|recovery_codes?)$",
    re.IGNORECASE,
)
#: So deep structures are looked into.
_DEPTH = 6


def redact(text: str) -> str:
    """`text` with every secret that can be told by what stands before it replaced by `MARK`."""
    if "=" in text:
        text = _IN_ADDRESS.sub(rf"\1{MARK}", text)
        text = _DIGEST.sub(rf"\1{MARK}", text)
    if "earer" in text or "EARER" in text:
        text = _BEARER.sub(rf"\1{MARK}", text)
    return _SYNAPSE.sub(MARK, text) if "sy" in text else text


def redact_field(name: str, value: object) -> object:
    """The value of a field of a line: nothing of it where the name tells a secret, else redacted within."""
    if _is_secret(name) and value not in (None, "", True, False):
        return MARK
    return _redacted(value, _DEPTH)


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return _FIELD.search(name) is not None


def _redacted(value: object, depth: int) -> object:
    if isinstance(value, str):
        return redact(value)
    if depth == 0:
        return value
    if isinstance(value, Mapping):
        return {
            key: MARK if _FIELD.search(str(key)) and each else _redacted(each, depth - 1)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(each, depth - 1) for each in value]
    return value
