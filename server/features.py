"""Where features are put together: each is constructed here and hands its blueprints to the app."""

import secrets
import string
import time
from collections.abc import Sequence
from dataclasses import dataclass

from server.accounts import http as accounts_http
from server.accounts.devices import Homeserver, MatrixDevices
from server.accounts.hashing import Argon2Hasher
from server.accounts.janitor import Janitor
from server.accounts.service import Accounts, SessionListener
from server.accounts.store import SqlFailures, SqlPasswords, SqlSessions
from server.config import Config
from server.directory import http as directory_http
from server.directory.service import Directory, PhoneStatus
from server.directory.store import SqlPeople
from server.homeserver.client import HomeserverClient
from server.house import House
from server.storage import Database
from server.telephony.state import PhoneState

#: Without what looks alike on a desk phone's display.
_SIP_PASSWORD_LETTERS = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
_SIP_PASSWORD_LENGTH = 16


@dataclass(frozen=True)
class Features:
    """The use cases of all features, for those who need them without HTTP."""

    accounts: Accounts
    directory: Directory


def compose(house: House) -> Features:
    """Construct the features on `house` and register their blueprints with `house.app`.

    Whatever a feature must do before the first request or after the last one goes into
    `house.on_start` and `house.on_stop`.
    """
    phones = PhoneState()
    directory = make_directory(house.config, house.database, phones)
    accounts = make_accounts(house.database, directory, house.homeserver)
    gate = accounts_http.Gate(accounts, house.config.web.origin)
    gate.install(house.app)
    secure = house.config.web.origin.startswith("https:")
    house.app.blueprint(accounts_http.blueprint(accounts, gate, directory.view, secure=secure))
    house.app.blueprint(directory_http.blueprint(directory, gate.person))
    janitor = Janitor(accounts)
    house.on_start += [janitor.start]
    house.on_stop += [janitor.stop]
    return Features(accounts, directory)


def features_alone(config: Config, database: Database, homeserver: HomeserverClient) -> Features:
    """The use cases without a web process around them, for commands."""
    directory = make_directory(config, database, PhoneState())
    return Features(make_accounts(database, directory, homeserver), directory)


def make_directory(config: Config, database: Database, phones: PhoneStatus) -> Directory:
    return Directory(
        SqlPeople(database.engine, config.organisation.domain),
        phones,
        domain=config.organisation.domain,
        realm=config.realm,
        region=config.organisation.region,
        fresh_id=lambda: secrets.token_hex(16),
        fresh_password=_fresh_sip_password,
        now_ms=now_ms,
    )


def make_accounts(
    database: Database,
    directory: Directory,
    homeserver: Homeserver,
    listeners: Sequence[SessionListener] = (),
) -> Accounts:
    return Accounts(
        directory,
        SqlPasswords(database.engine),
        SqlSessions(database.engine),
        SqlFailures(database.engine),
        MatrixDevices(homeserver),
        Argon2Hasher(),
        now_ms=now_ms,
        fresh_token=lambda: secrets.token_urlsafe(32),
        fresh_device_id=lambda: f"UNISONO_{secrets.token_hex(8).upper()}",
        listeners=listeners,
    )


def now_ms() -> int:
    """The wall clock in milliseconds since the epoch, as Matrix counts."""
    return time.time_ns() // 1_000_000


def _fresh_sip_password() -> str:
    return "".join(secrets.choice(_SIP_PASSWORD_LETTERS) for _ in range(_SIP_PASSWORD_LENGTH))
