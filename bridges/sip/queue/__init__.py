"""Queues: callers wait with music, are told their place, and are sent on when the web says so."""
