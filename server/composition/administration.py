"""Where the administration and the trunks are put together, for the web process and for commands."""

import secrets
import string
import time
from dataclasses import dataclass
from functools import partial

from server.administration import http as administration_http
from server.administration.service import Administration, DeviceAdministration, SipServer
from server.audit.service import AuditLog
from server.audit.store import SqlAudit
from server.bridge_control.client import BridgeControl
from server.composition.accounts import AccountFeatures
from server.config import Config, DataDir
from server.directory.access import Actor
from server.directory.service import Person
from server.directory.store import SqlPeople
from server.edge.sanic_types import App
from server.groups.service import GroupReader
from server.meetings.visitor_store import SqlMeetingLinks
from server.metrics.http import WebMetrics
from server.metrics.store import SqlCounts
from server.secrets import Secrets
from server.storage import Database
from server.telephony.store import SqlCallRecords
from server.traces import http as traces_http
from server.traces.rules import Keeping
from server.traces.service import Traces
from server.traces.store import SqlCallCounts, SqlTraces
from server.trunks import http as trunks_http
from server.trunks.rules import Line, LineWithSecret
from server.trunks.service import Trunks
from server.trunks.settings import Settings
from server.trunks.store import PasswordFiles, SqlLines

#: Without what looks alike on a desk phone's display.
_SIP_PASSWORD_LETTERS = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
_SIP_PASSWORD_LENGTH = 16


@dataclass(frozen=True)
class AdminFeatures:
    """The use cases of administrators."""

    administration: Administration
    trunks: Trunks
    audit: AuditLog
    bridge: BridgeControl
    metrics: WebMetrics
    traces: Traces


def make_admin(
    config: Config,
    data: DataDir,
    own: Secrets,
    database: Database,
    account: AccountFeatures,
    homeserver: DeviceAdministration,
) -> AdminFeatures:
    audit = AuditLog(SqlAudit(database.engine), now_ms)
    bridge = BridgeControl(config.sip.control_url if config.sip.enabled else None, own.internal_secret)
    domain, region = config.organisation.domain, config.organisation.region
    administration = Administration(
        SqlPeople(database.engine, domain),
        account.accounts,
        homeserver,
        bridge,
        account.notices,
        audit,
        SipServer(
            domain,
            config.realm,
            config.sip.advertised_host or config.sip.host,
            config.sip.udp_port,
            config.sip.tls_port,
        ),
        region=region,
        fresh_password=fresh_sip_password,
        now_ms=now_ms,
        dial_in=config.meetings.dial_in_extension,
    )
    administration.ending.append(partial(_end_links, SqlMeetingLinks(database.engine), audit))
    passwords = PasswordFiles(data.secrets / "trunks")
    trunks = Trunks(_configured(config), SqlLines(database.engine), passwords, bridge, audit, region)
    metrics = WebMetrics(SqlCounts(database.engine), own.metrics_token)
    keeping = Keeping(config.telephony.trace_days, config.telephony.trace_mb)
    records = SqlCallRecords(database.engine)
    traces = Traces(
        SqlTraces(database.engine), records, bridge, audit, keeping, now_ms, SqlCallCounts(database.engine)
    )
    return AdminFeatures(administration, trunks, audit, bridge, metrics, traces)


async def _end_links(links: SqlMeetingLinks, audit: AuditLog, actor: Actor, person: Person) -> None:
    """What somebody opened for guests is closed with them, by whichever process."""
    for link in await links.revoke_made_by(person.user_id, now_ms()):
        about = {"link": link.id, "made by": person.user_id}
        await audit.record(
            "meeting.link_revoked",
            actor=actor.name,
            subject=person.name,
            address=actor.address,
            details=about,
        )


def register_admin(app: App, features: AdminFeatures, region: str, secret: str, groups: GroupReader) -> None:
    """Add the routes of administrators, of the bridge, and of whoever watches."""
    api = administration_http.Api(features.administration, features.audit, features.bridge, region, groups)
    app.blueprint(api.blueprint())
    app.blueprint(trunks_http.blueprint(features.trunks))
    app.blueprint(trunks_http.internal_blueprint(features.trunks, secret))
    app.blueprint(traces_http.blueprint(features.traces))
    app.blueprint(traces_http.internal_blueprint(features.traces, secret))
    features.metrics.install(app)


def _configured(config: Config) -> list[LineWithSecret]:
    return [
        LineWithSecret(
            Line(
                trunk.name,
                trunk.kind,
                trunk.host,
                trunk.port,
                trunk.transport,
                trunk.username,
                trunk.caller_id,
                settings=Settings(**{name: getattr(trunk, name) for name in Settings.__struct_fields__}),
            ),
            trunk.password,
        )
        for trunk in config.trunks
    ]


def now_ms() -> int:
    """The wall clock in milliseconds since the epoch, as Matrix counts."""
    return time.time_ns() // 1_000_000


def fresh_sip_password() -> str:
    return "".join(secrets.choice(_SIP_PASSWORD_LETTERS) for _ in range(_SIP_PASSWORD_LENGTH))
