"""Time zones that a client names."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.edge.errors import ApiError


def time_zone(name: str) -> ZoneInfo:
    """One of the IANA database. Raises `ApiError` unknown_timezone."""
    try:
        return ZoneInfo(name)
    # A name may lead out of the database's folder, or be a folder.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ApiError(400, "unknown_timezone", "there is no such time zone", "timezone") from error
