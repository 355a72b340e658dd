"""What a browser is called in a list of sessions."""

import re

_NAME_MAX = 80
#: In this order: Edge and Opera call themselves Chrome too, Chrome calls itself Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_PRODUCT = re.compile(r"[A-Za-z][\w .-]*")


def browser_name(user_agent: str) -> str:
    """ "Firefox on Linux" from a User-Agent field (RFC 9110, Section 10.1.5); "" when it says nothing.

    What it says is a stranger's word: only for people to recognise their own sessions by.
    """
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser is None:
        product = _PRODUCT.match(user_agent)
        browser = product[0].split(" ")[0][:_NAME_MAX] if product else ""
    return f"{browser} on {system}" if browser and system else browser or system or ""
