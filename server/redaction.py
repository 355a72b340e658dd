"""Tokens in addresses are blotted out of everything that is logged, whoever wrote the message."""

import re

_SECRET = re.compile(r"((?:access_token|loginToken|token|password|secret)=)[^&\s\"']+", re.IGNORECASE)


def blot_out(text: str) -> str:
    return _SECRET.sub(r"\1…", text) if "=" in text else text
