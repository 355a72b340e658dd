"""What every store of trunks must do, whatever the database."""

from dataclasses import replace

import pytest

from server.storage.database import Database
from server.trunks.rules import Line, TrunkTaken
from server.trunks.settings import Settings
from server.trunks.store import SqlLines

CARRIER = Line("carrier", "peer", "192.0.2.1", caller_id="+390612345000")
PROVIDER = Line(
    "provider",
    "register",
    "sip.example",
    5061,
    "tcp",
    "unisono",
    settings=Settings(addresses=("192.0.2.0/24",), from_user="a", caller_in=("pai",)),
)


async def test_trunks_keep_the_order_in_which_they_came(database: Database) -> None:
    store = SqlLines(database.engine)
    for line in (PROVIDER, CARRIER):
        await store.add(line)
    assert await store.all() == [PROVIDER, CARRIER]
    changed = replace(PROVIDER, host="sip2.example", enabled=False)
    await store.replace(changed)
    assert await store.all() == [changed, CARRIER]
    await store.remove("provider")
    assert await store.all() == [CARRIER]


async def test_a_name_is_given_once(database: Database) -> None:
    store = SqlLines(database.engine)
    await store.add(CARRIER)
    with pytest.raises(TrunkTaken):
        await store.add(replace(PROVIDER, name="carrier"))
    assert await store.all() == [CARRIER]
