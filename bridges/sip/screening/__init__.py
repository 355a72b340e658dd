"""Whoever answers a mobile phone is asked, before they have the call, whether they take it."""
