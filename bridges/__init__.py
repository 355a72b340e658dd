"""Bridges between Matrix and other networks, each a process of its own."""
