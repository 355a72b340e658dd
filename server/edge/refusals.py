"""Refusals as features of the web have them: `server.refusals`, which needs no web framework."""

from server.refusals import Refusal

__all__ = ["Refusal"]
