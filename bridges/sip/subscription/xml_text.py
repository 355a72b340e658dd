"""Text in the documents of subscriptions."""

import re
from xml.sax.saxutils import escape, quoteattr

__all__ = ["quoted", "text"]

#: What may not stand in a document at all (XML 1.0, Section 2.2).
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def quoted(value: str) -> str:
    """As the value of an attribute, with its quotes."""
    return quoteattr(_clean(value))


def text(value: str) -> str:
    """As the content of an element."""
    return escape(_clean(value))


def _clean(value: str) -> str:
    return NOT_XML.sub("\ufffd", value)
