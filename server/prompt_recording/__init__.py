"""Prompts for callers that an administrator says into a telephone of their own."""
