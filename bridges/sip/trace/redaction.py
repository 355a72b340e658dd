"""Takes the secrets out of SIP messages and Matrix call events before anything of them is kept. Pure.

Gone are: what a digest proves (RFC 7616: response, cnonce, and the whole of other schemes), keys of SDES
(RFC 4568), passwords of ICE (RFC 8839), keys pressed (SIP INFO), tokens and passwords in addresses. Numbers,
addresses, codecs, fingerprints and everything else that explains a call stay.
"""

import json
import re
from typing import Any

from logs.redaction import MARK, redact

#: Characters of one message that are kept.
LONGEST = 8_000

_LINES = re.IGNORECASE | re.MULTILINE

_CREDENTIALS = re.compile(
    r"^((?:proxy-)?authorization|cookie)([ \t]*:[ \t]*)([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", _LINES
)
_DIGEST = re.compile(r"^Digest\b", re.IGNORECASE)
_PROOFS = re.compile(r"""\b((?:response|cnonce)\s*=\s*)("[^"]*"|[^\s,]+)""", re.IGNORECASE)
_CRYPTO = re.compile(r"^(a=crypto:[^\r\n]*?inline:)[^\r\n]*", _LINES)
_SDP_SECRET = re.compile(r"^(a=ice-pwd:|a=key-mgmt:|k=)[^\r\n]*", _LINES)
#: `application/dtmf-relay` ("Signal=5"); in `application/dtmf` the body is the key alone.
_SIGNAL = re.compile(r"^([ \t]*Signal[ \t]*=[ \t]*)[^\r\n]*", _LINES)
_DTMF_BODY = re.compile(r"^(?:content-type|c)[ \t]*:[ \t]*application/dtmf[ \t]*(?:;|\r|$)", _LINES)
#: With the letters spelt out: a pattern that ignores case takes ten times as long.
_PASSWORD_IN_URI = re.compile(r"((?:sips?|SIPS?):[^\s:@<>;]+:)[^@\s<>;]+(?=@)")
_WORDS = ("token", "secret", "password", "pin=", "join_request", "bearer", "syt_", "syr_")
_LEAD = rf"\g<1>{MARK}"


def sip(data: bytes) -> tuple[str, bool]:
    """A message without its secrets, and whether it had to be cut."""
    text = data.decode("utf-8", "replace")
    head, gap, body = text.partition("\r\n\r\n")
    lower = head.casefold()
    if "authorization" in lower or "cookie" in lower:
        head = _CREDENTIALS.sub(_proofless, head)
    if _PASSWORD_IN_URI.search(head):
        head = _PASSWORD_IN_URI.sub(_LEAD, head)
    keys = "application/dtmf" in lower and _DTMF_BODY.search(head)
    body = MARK if body and keys else _body(body)
    text = _redacted(head, lower) + gap + body
    return text[:LONGEST], len(text) > LONGEST


def matrix(event_type: str, sender: str, content: dict[str, Any]) -> tuple[str, bool]:
    """A call event as JSON without its secrets, and whether it had to be cut."""
    shown = {"type": event_type, "sender": sender, "content": _content(content)}
    text = json.dumps(shown, ensure_ascii=False, indent=1, default=str)
    return text[:LONGEST], len(text) > LONGEST


def _proofless(header: re.Match[str]) -> str:
    """Of a digest who and for what stay (RFC 7616, Section 3.4); of any other scheme nothing."""
    name, colon, value = header.groups()
    return name + colon + (_PROOFS.sub(_LEAD, value) if _DIGEST.match(value) else MARK)


def _body(text: str) -> str:
    if not text:
        return text
    # As patterns that ignore case see it. To look for a word costs a tenth of what a pattern does.
    lower = text.casefold()
    if "inline:" in lower:
        text = _CRYPTO.sub(_LEAD, text)
    if "k=" in lower or "ice-pwd:" in lower or "key-mgmt:" in lower:
        text = _SDP_SECRET.sub(_LEAD, text)
    if "signal" in lower:
        text = _SIGNAL.sub(_LEAD, text)
    return _redacted(text, lower)


def _redacted(text: str, lower: str) -> str:
    """As in logs; hardly any message has such a word."""
    return redact(text) if any(word in lower for word in _WORDS) else text


def _content(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _content(each, str(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_content(each, name) for each in value]
    if isinstance(value, str):
        return _body(value) if name == "sdp" else redact(value)
    return value
