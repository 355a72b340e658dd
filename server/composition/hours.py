"""Where opening hours are put together."""

import secrets
from collections.abc import Callable

from server.audit.service import Audit
from server.composition.context import AppContext
from server.hours.http import Api
from server.hours.service import OpeningHours
from server.hours.store import SqlHours


def make_hours(context: AppContext, audit: Audit, clock: Callable[[], int]) -> OpeningHours:
    """Construct them, and register their blueprint. `clock` is the wall's, in milliseconds."""
    hours = OpeningHours(SqlHours(context.database.engine), audit, lambda: secrets.token_hex(16))
    context.app.blueprint(Api(hours, clock).blueprint())
    return hours
