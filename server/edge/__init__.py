"""The HTTP edge: errors, request ids, bodies, security headers, the web client's files.

Features use `ApiError`, `read_body`, `read_query` and `client_address` from here;
`app.py` installs the rest.
"""

from server.edge.body import read_body, read_query
from server.edge.errors import ApiError
from server.edge.requests import client_address

__all__ = ["ApiError", "client_address", "read_body", "read_query"]
