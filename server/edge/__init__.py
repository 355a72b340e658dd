"""The HTTP edge: errors, request ids, bodies, security headers, the web client's files.

Features use `ApiError`, `Refusal`, `read_body`, `read_query`, `read_file`, `json_answer` and `client_address`
from here; `app.py` installs the rest.
"""

from server.edge.body import json_answer, read_body, read_file, read_query
from server.edge.errors import ApiError
from server.edge.refusals import Refusal
from server.edge.sanic_types import client_address

__all__ = ["ApiError", "Refusal", "client_address", "json_answer", "read_body", "read_file", "read_query"]
