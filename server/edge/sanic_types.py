"""Sanic's app as we use it: no typed config, no typed context."""

from typing import Any

from sanic import Sanic

App = Sanic[Any, Any]
