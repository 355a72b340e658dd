"""Calls are recorded: by rule or on demand, announced, paused, kept on the disk and brought to the server."""
