"""The demo organisation: its colleagues, and the outside world played by the simulated carrier."""
