"""Calls for hours: what fails, and what processes hold on to."""
