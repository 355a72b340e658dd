"""Putting people's calendars together."""

from time import monotonic

from server.audit.service import Audit
from server.calendars import http
from server.calendars.addresses import networks
from server.calendars.fetching import Fetcher
from server.calendars.parser import Parser
from server.calendars.refresher import Refresher
from server.calendars.service import Calendars
from server.calendars.sources import WebSource
from server.calendars.store import SqlCalendars
from server.composition.accounts import AccountFeatures
from server.composition.context import AppContext
from server.composition.directory import fresh_id
from server.composition.presence import PresenceAssembly
from server.composition.telephony import timezone_of
from server.directory.service import Directory
from server.events.hub import Hub
from server.sfu.forwarding.bucket import Buckets

#: How often somebody may have a server outside asked: once in ten seconds, and ten times at once.
ATTEMPTS_A_SECOND, ATTEMPTS_AT_ONCE = 0.1, 10.0


def serve_calendars(
    context: AppContext,
    directory: Directory,
    account: AccountFeatures,
    hub: Hub,
    audit: Audit,
    presence: PresenceAssembly,
) -> None:
    """Registers its routes, and has `presence` show who has an appointment."""
    section = context.config.calendars
    fetcher, parser = Fetcher(networks(section.networks)), Parser()
    calendars = Calendars(
        SqlCalendars(context.database.engine),
        WebSource(fetcher, parser),
        account.seal,
        directory,
        hub,
        audit,
        timezone_of(context.config),
        account.clock,
        fresh_id,
        section.minutes * 60_000,
    )
    refresher = Refresher(calendars)
    attempts = Buckets(ATTEMPTS_A_SECOND, ATTEMPTS_AT_ONCE)
    context.app.blueprint(http.blueprint(calendars, lambda one: attempts.take(one, monotonic())))
    presence.appointments = calendars.busy

    def changed(person_id: str, rings: bool) -> None:
        # The chat server is asked for nothing where it has all calls ring as before.
        if rings:
            presence.appointments_moved(person_id)
        else:
            presence.services_changed()

    calendars.on_changed = changed
    context.on_start += [calendars.start, fetcher.start, refresher.start]
    context.on_stop += [parser.close, fetcher.close, refresher.stop]
