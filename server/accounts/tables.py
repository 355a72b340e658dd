"""Tables of the accounts: passwords, second factors, sessions, links, and the memory of failed sign-ins."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from server.storage.metadata import VERSIONED, metadata

passwords = Table(
    "passwords",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("hash", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

#: `token_hash` is the SHA-256 of the cookie: who reads the database cannot sign in with what it holds.
#: A session that has ended stays until the homeserver has deleted its device (`closed`), and then a while
#: longer, so that a browser that asks late is told why.
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("user_id", String(255), nullable=False),
    Column("layout", String(16), nullable=False),
    Column("device_id", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("ended", Boolean, nullable=False),
    Column("browser", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("ended_at", BigInteger),
    Column("ended_reason", String(16), nullable=False, server_default=""),
    Column("ended_by", Text, nullable=False, server_default=""),
    Column("closed", Boolean, nullable=False, server_default=false()),
)

#: What a person chose. Whoever has no row has chosen nothing. `trust_epoch` grows when trusted browsers lose
#: their trust.
account_settings = Table(
    "account_settings",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("language", String(2), nullable=False),
    Column("trust_epoch", Integer, nullable=False),
    # Mailboxes greet in the language of their owners.
    info={VERSIONED: True},
)

#: `secret` is sealed: an authenticator's key or a verified mobile number. `last_step` is the newest time step
#: of the authenticator that was used (RFC 6238, Section 5.2).
second_factors = Table(
    "second_factors",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("method", String(8), primary_key=True),
    Column("secret", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
)

#: `tag` is a keyed hash of the code.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(64), primary_key=True),
)

#: Sign-ins and changes of the second factor that are under way. `key_hash` is the SHA-256 of a cookie;
#: `state` changes only from the `version` that was seen.
tickets = Table(
    "tickets",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
)

#: Links of mails. `token_hash` is the SHA-256 of what the link holds.
one_time_links = Table(
    "one_time_links",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("purpose", String(16), nullable=False),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("language", String(2), nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("revoked_at", BigInteger),
)

#: Other Matrix clients that signed in through our OIDC provider. An ended one stays until the homeserver has
#: been told.
oidc_sessions = Table(
    "oidc_sessions",
    metadata,
    Column("sid", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("browser", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended", Boolean, nullable=False),
)

photos = Table(
    "photos",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("tag", String(64), nullable=False),
)

#: `subject` is a hash of an account's e-mail or of an address: the table tells nobody who exists.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False, index=True),
)

#: Matrix clients that registered with the OAuth 2.0 API. `client_id` follows from the rest; without `used_at`
#: nobody has signed in with it.
oauth_clients = Table(
    "oauth_clients",
    metadata,
    Column("client_id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("uri", Text, nullable=False),
    Column("application_type", String(8), nullable=False),
    Column("redirect_uris", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("used_at", BigInteger),
)

#: What people granted to such clients: one device each. `refresh_hash` is the SHA-256 of the newest refresh
#: token, `previous_hash` of the one before. An ended one stays until the homeserver has deleted its device.
oauth_grants = Table(
    "oauth_grants",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("user_id", String(255), nullable=False),
    Column("device_id", String(255), nullable=False),
    Column("client_id", String(32), nullable=False, index=True),
    Column("client_name", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("refresh_hash", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("ended", Boolean, nullable=False),
    UniqueConstraint("user_id", "device_id"),
)
