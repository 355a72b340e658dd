"""Sockets, and the SIP endpoint built over the pure machines.

Read `api` first: the values, events and methods that the back-to-back user agent uses.
"""
