"""Calls of several: each who takes part has a call whose other leg is a seat, and all seats are mixed here.

`lasting` decides how long a conference is one (pure), `mixer` adds sound (pure), `seat` is the conference as
one side of a call, `focus` (RFC 4353) has all of them and their clock.
"""
