"""The registrar's bindings (RFC 3261, Section 10.3): pure."""
