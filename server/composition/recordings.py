"""Where recordings are put together."""

import secrets

from server.audit.service import Audit
from server.composition.accounts import AccountFeatures
from server.composition.context import AppContext
from server.directory.service import Directory
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


def make_recordings(
    context: AppContext,
    directory: Directory,
    account: AccountFeatures,
    groups: GroupReader,
    trunks: Trunks,
    names: NamesOfNumbers,
    audit: Audit,
    audience: Audience,
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
    context.app.blueprint(http.blueprint(recordings))
    context.app.blueprint(http.internal_blueprint(recordings, context.secrets.internal_secret))
    return recordings
