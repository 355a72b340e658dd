"""Mailboxes: a voice greets, what the caller says is recorded on the disk and brought to the server.

A recording is whole at every moment: whichever process is killed, what was heard is a message.
"""
