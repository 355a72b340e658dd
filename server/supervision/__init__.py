"""Starts the processes of a Unisono server, and starts again what ends."""
