"""Recordings of calls: which are made, who may hear them, and for how long they are kept."""
