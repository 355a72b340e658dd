"""Synapse: its configuration, a client of its APIs, the reverse proxy people reach it through."""
