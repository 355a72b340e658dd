"""Tables of the phonebooks."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from server.storage.metadata import VERSIONED, metadata

#: `owner` is a person's id, or empty for the company's phonebook. `labelled` holds numbers and addresses with
#: their labels as JSON, in their order; what is searched stands in columns of its own.
contacts = Table(
    "contacts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("labelled", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("sort_key", Text, nullable=False),
    Column("search_text", Text, nullable=False),
    Column("search_digits", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index(None, "owner", "sort_key", "id"),
    info={VERSIONED: True},
)

#: Searching reads all visible contacts: from this index alone, a quarter of the time that their rows take.
Index(
    "ix_contacts_search",
    *(contacts.c[name] for name in ("owner", "sort_key", "id", "search_text", "search_digits")),
).ddl_if(dialect="sqlite")

#: For the name of a caller: one look at an index.
contact_numbers = Table(
    "contact_numbers",
    metadata,
    Column("contact_id", ForeignKey(contacts.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", String(20), primary_key=True),
    Column("position", Integer, nullable=False),
    Index(None, "number"),
    info={VERSIONED: True},
)

#: `target` is the id of a person or of a contact.
favourites = Table(
    "favourites",
    metadata,
    Column("person_id", String(32), primary_key=True),
    Column("target", String(32), primary_key=True, index=True),
    Column("kind", String(8), nullable=False),
    Column("added_at", BigInteger, nullable=False),
)
