"""Sockets, timers, DTLS and WebSockets around the pure parts."""
