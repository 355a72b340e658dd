"""What a contract is held against: SQLite and PostgreSQL for stores, three kinds of server for call media.

PostgreSQL is a server of the tests' own, or the database whose URL is in UNISONO_TEST_POSTGRESQL
(`postgresql+asyncpg://user@host/database`), which loses what it holds.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bridges.media.gateway import MediaGateway
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.settings import MediaSettings
from bridges.sip.media.ng_gateway import NgMediaGateway
from server.storage import Database
from tests.support.media_servers import MediaServer, own_media
from tests.support.ports import free_block
from tests.support.postgresql import OneDatabase, own_server
from tests.support.rtpengine import rtpengine
from tests.support.web import migrated

#: RTP ports of a media gateway of ours under test: five legs.
PORTS = 10

GIVEN = os.environ.get("UNISONO_TEST_POSTGRESQL", "")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def postgresql(request: pytest.FixtureRequest) -> Iterator[OneDatabase | None]:
    """None where the test is for SQLite. Without PostgreSQL on this machine its tests fail, and say why."""
    if request.param == "sqlite":
        yield None
        return
    with contextlib.nullcontext(GIVEN) if GIVEN else own_server() as url:
        yield OneDatabase(url)


@pytest.fixture
async def empty_database(postgresql: OneDatabase | None, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without tables."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'unisono.db'}"
    database = await postgresql.empty() if postgresql else Database(url)
    yield database
    await database.close()


@pytest.fixture
async def database(postgresql: OneDatabase | None, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with all migrations run."""
    made = postgresql.migrated() if postgresql else migrated(tmp_path / "unisono.db")
    database = await made
    yield database
    await database.close()


@pytest.fixture(scope="module")
def media_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaServer]:
    with own_media(tmp_path_factory.mktemp("media"), pairs=PORTS // 2) as server:
        yield server


@pytest.fixture(scope="module")
def media_rtpengine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaServer]:
    with rtpengine(tmp_path_factory.mktemp("rtpengine")) as server:
        yield server


async def _gateway(request: pytest.FixtureRequest) -> AsyncIterator[MediaGateway]:
    made: InProcessMediaGateway | NgMediaGateway
    if request.param == "in_process":
        first = free_block(PORTS)
        last = first + PORTS - 1
        made = InProcessMediaGateway(MediaSettings(webrtc_port=0, rtp_port_min=first, rtp_port_max=last))
    else:
        made = NgMediaGateway((request.getfixturevalue(request.param).address,))
    await made.start()
    yield made
    for call in made.calls:
        await made.delete(call)
    await made.close()


gateway = pytest.fixture(params=["in_process", "media_process", "media_rtpengine"])(_gateway)
#: Ours alone.
engine = pytest.fixture(params=["in_process", "media_process"])(_gateway)
