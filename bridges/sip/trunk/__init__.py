"""Trunks: registering with a provider, and watching a peer: pure."""
