"""The declarative base for features that map classes; it shares `metadata` with those that use tables."""

from sqlalchemy.orm import DeclarativeBase

from server.storage.metadata import metadata as shared


class Base(DeclarativeBase):
    """Tables of every feature, whether mapped or plain, hang on one `MetaData`."""

    metadata = shared
