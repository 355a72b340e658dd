"""Automatic attendants: a voice that offers a menu of keys, and gives callers on."""
