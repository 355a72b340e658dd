"""Where recordings are put together."""

import secrets

from server.administration.rules import UnknownPerson
from server.administration.service import Administration, Ending
from server.audit.service import Audit
from server.composition.accounts import AccountFeatures
from server.composition.context import AppContext
from server.directory.access import Actor
from server.directory.service import Directory, Person
from server.events.hub import Audience
from server.groups.service import GroupReader
from server.recordings import http
from server.recordings.announcing import AnnouncementMaker
from server.recordings.rules import Rule
from server.recordings.service import NamesOfNumbers, Recordings
from server.recordings.sounds import RecordingFiles
from server.recordings.store import SqlRecordings
from server.sounds.files import SoundFiles
from server.trunks.service import Trunks


class _Subjects:
    """Ring groups and lines."""

    def __init__(self, groups: GroupReader, trunks: Trunks) -> None:
        self._groups, self._trunks = groups, trunks

    async def name_of(self, rule: Rule) -> str | None:
        if rule.kind == "group":
            return next((one.name for one in await self._groups.groups() if one.id == rule.subject), None)
        lines = await self._trunks.current()
        return next((line.name for line in lines if line.name == rule.subject), None)


def _end_rules(people: Administration, recordings: Recordings) -> Ending:
    """The rules about who was removed go; those about who is only disabled stay."""

    async def end(actor: Actor, person: Person) -> None:
        try:
            await people.person(person.id)
        except UnknownPerson:
            await recordings.removed(actor, person)

    return end


def make_recordings(
    context: AppContext,
    directory: Directory,
    account: AccountFeatures,
    groups: GroupReader,
    trunks: Trunks,
    names: NamesOfNumbers,
    audit: Audit,
    audience: Audience,
    administration: Administration,
) -> Recordings:
    """Construct them, and register their blueprints."""
    recordings = Recordings(
        SqlRecordings(context.database.engine),
        RecordingFiles(context.data.recordings, account.seal),
        directory,
        _Subjects(groups, trunks),
        names,
        audit,
        audience,
        account.clock,
        AnnouncementMaker(),
        SoundFiles(context.data.recordings / "announcements", account.seal),
        lambda: secrets.token_hex(16),
    )
    administration.ending.append(_end_rules(administration, recordings))
    context.app.blueprint(http.blueprint(recordings))
    context.app.blueprint(http.internal_blueprint(recordings, context.secrets.internal_secret))
    return recordings
