"""People and groups of the house: what the web process and the commands construct alike."""

import secrets
from collections.abc import Callable

from server.attendants.store import SqlAttendants
from server.audit.service import Audit
from server.blocking.store import SqlBlocked
from server.calendars.store import SqlCalendars
from server.composition.administration import fresh_sip_password, now_ms
from server.config import Config
from server.delegates.store import SqlDelegates
from server.directory.ports import PersonByUserId
from server.directory.service import Directory, Person, PhoneStatus
from server.directory.store import SqlPeople
from server.events.hub import Audience
from server.forwarding.store import SqlServices
from server.groups.service import Groups
from server.groups.store import SqlGroups
from server.phonebooks.store import SqlContacts
from server.presence.store import SqlChoices
from server.storage import Database
from server.voicemail.store import SqlVoicemail
from wire.presence import State


def make_directory(
    config: Config,
    database: Database,
    phones: PhoneStatus,
    state: Callable[[Person], State] = lambda _: "offline",
) -> Directory:
    return Directory(
        SqlPeople(database.engine, config.organisation.domain),
        phones,
        domain=config.organisation.domain,
        realm=config.realm,
        region=config.organisation.region,
        fresh_id=fresh_id,
        fresh_password=fresh_sip_password,
        now_ms=now_ms,
        leaving=[
            SqlContacts(database.engine).forget_owner,
            SqlServices(database.engine).forget,
            SqlCalendars(database.engine).forget,
            SqlChoices(database.engine).forget,
            SqlBlocked(database.engine).forget,
            SqlVoicemail(database.engine).forget_owner,
            make_group_store(config, database).forget,
            make_delegate_store(config, database).forget,
        ],
        dial_in=config.meetings.dial_in_extension,
        state=state,
    )


def make_delegate_store(config: Config, database: Database) -> SqlDelegates:
    return SqlDelegates(database.engine, config.organisation.domain)


def make_group_store(config: Config, database: Database) -> SqlGroups:
    return SqlGroups(database.engine, config.organisation.domain)


def make_groups(
    config: Config, database: Database, people: PersonByUserId, audit: Audit, audience: Audience | None
) -> Groups:
    """`audience` None: no page is open, as for commands."""

    async def attendant_names() -> dict[str, str]:
        return {one.id: one.name for one in await SqlAttendants(database.engine).attendants()}

    return Groups(
        make_group_store(config, database),
        people,
        audit,
        audience,
        region=config.organisation.region,
        dial_in=config.meetings.dial_in_extension,
        attendants=attendant_names,
        fresh_id=fresh_id,
    )


def fresh_id() -> str:
    return secrets.token_hex(16)
