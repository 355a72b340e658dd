"""The character sets that files of contacts name; Python's other codecs are no character sets, or slow."""

import codecs

_NAMES = """
    utf-8 us-ascii utf-16 utf-16le utf-16be iso-8859-1 iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5
    iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-9 iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15
    iso-8859-16 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255
    windows-1256 windows-1257 windows-1258 koi8-r koi8-u mac-roman shift_jis euc-jp iso-2022-jp
    gb2312 gbk gb18030 big5 euc-kr
"""
_KNOWN = {codecs.lookup(name).name for name in _NAMES.split()}


def decode(raw: bytes, *charsets: str) -> str:
    """`raw` by the first of these that fits, else as Windows writes in western Europe."""
    for charset in charsets:
        try:
            if codecs.lookup(charset).name in _KNOWN:
                return raw.decode(charset)
        except (UnicodeError, LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace")
