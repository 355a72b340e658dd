"""The tables of search: no migration knows them, as all of it can be made anew from the homeserver."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, column, table

#: `BigInteger` of SQLite is no row id.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

#: One row. `version` is that of the tables and of how text is folded; `complete`: old messages were read.
state = Table(
    "search_state",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("complete", Integer, nullable=False),
)
#: `restricted`: not every member may read everything; `walked`: its history was read.
rooms = Table(
    "search_rooms",
    metadata,
    Column("room", _NUMBER, primary_key=True, autoincrement=True),
    Column("room_id", String, nullable=False, unique=True),
    Column("restricted", Integer, nullable=False, default=0, server_default="0"),
    Column("messages", Integer, nullable=False, default=0, server_default="0"),
    Column("walked", Integer, nullable=False, default=0, server_default="0"),
)
#: `n` grows with the time of a message; `folded` is what is looked through.
messages = Table(
    "search_messages",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=False),
    Column("event_id", String, nullable=False, unique=True),
    Column("room", _NUMBER, nullable=False),
    Column("sender", String, nullable=False),
    Column("is_file", Integer, nullable=False),
    Column("edit_id", String),
    Column("body", Text, nullable=False),
    Column("folded", Text, nullable=False),
)
Index("search_messages_room", messages.c.room, messages.c.n)
Index("search_messages_edit", messages.c.edit_id)
Index("search_messages_sender", messages.c.sender, messages.c.n)
Index("search_messages_file", messages.c.is_file, messages.c.n)
#: Events that were redacted while history is read, which may have them as they were.
gone = Table("search_gone", metadata, Column("event_id", String, primary_key=True))

#: SQLite's index; its rows are numbered as the messages are.
found = table("search_found", column("rowid"), column("search_found"))
SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_found USING"
    " fts5(folded, content='search_messages', content_rowid='n', tokenize='trigram case_sensitive 1')",
    "CREATE TRIGGER IF NOT EXISTS search_added AFTER INSERT ON search_messages BEGIN"
    " INSERT INTO search_found (rowid, folded) VALUES (new.n, new.folded); END",
    "CREATE TRIGGER IF NOT EXISTS search_removed AFTER DELETE ON search_messages BEGIN"
    " INSERT INTO search_found (search_found, rowid, folded) VALUES ('delete', old.n, old.folded); END",
    "CREATE TRIGGER IF NOT EXISTS search_changed AFTER UPDATE OF folded ON search_messages BEGIN"
    " INSERT INTO search_found (search_found, rowid, folded) VALUES ('delete', old.n, old.folded);"
    " INSERT INTO search_found (rowid, folded) VALUES (new.n, new.folded); END",
)
#: An extension that whoever owns a database may add to it, since version 13.
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS search_messages_folded ON search_messages USING gin (folded gin_trgm_ops)",
)
