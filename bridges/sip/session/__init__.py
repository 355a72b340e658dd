"""The INVITE session of RFC 3261, Sections 13 to 15: pure machines between transactions and the call.

Nothing here knows sockets, the clock or chance: `now` is in seconds, monotonic, and every method returns what
is to be done, in order.
"""
