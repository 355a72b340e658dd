"""What every store of the audit log must do, whatever the database."""

from server.audit.service import AuditLog, Entry
from server.audit.store import SqlAudit
from server.storage.database import Database


async def test_entries_come_back_newest_first_and_page_by_page(database: Database) -> None:
    store = SqlAudit(database.engine)
    for at in range(1, 6):
        await store.add(Entry(at, "@anna:x", "person.invited", "@bruno:x", "192.0.2.1", {"field": "città"}))
    first = await store.page(None, 2)
    assert [entry.at for entry in first] == [5, 4]
    assert first[0].details == {"field": "città"}
    assert (first[0].actor, first[0].subject, first[0].address) == ("@anna:x", "@bruno:x", "192.0.2.1")
    assert [entry.at for entry in await store.page(first[-1].id, 10)] == [3, 2, 1]
    assert [entry.at for entry in await store.page(2**53, 10)] == [5, 4, 3, 2, 1]


async def test_what_strangers_write_is_kept_short(database: Database) -> None:
    log = AuditLog(SqlAudit(database.engine), lambda: 7)
    await log.record("sign_in.failed", actor="nobody", subject="\0" + "x" * 9_000, details={"a": "y" * 9_000})
    (entry,) = await log.page()
    assert (entry.at, len(entry.subject), len(entry.details["a"])) == (7, 500, 500)
