"""Supervisors of queues in a call between an agent and a caller: they listen, whisper, or join."""
