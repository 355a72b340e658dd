"""A time as people write it where the organisation is."""

from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from server.notifications.service import Language

_DAYS = {
    "it": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "it": (
        "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
        "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


@lru_cache
def zone_of(region: str) -> str:
    """The time zone of a country (ISO 3166), the first where it has several; UTC for an unknown one."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    for line in table.splitlines():
        if line.startswith(f"{region}\t"):
            return line.split("\t")[2].strip()
    return "UTC"


def written(ms: int, region: str, language: Language) -> str:
    """Weekday, date, time and time zone."""
    zone = zone_of(region)
    at = datetime.fromtimestamp(ms // 1000, ZoneInfo(zone))
    day, month = _DAYS[language][at.weekday()], _MONTHS[language][at.month - 1]
    return f"{day} {at.day} {month} {at.year}, {at:%H:%M} ({zone.replace('_', ' ')})"
