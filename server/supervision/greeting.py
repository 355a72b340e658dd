"""What a person who started the server reads once it is ready."""

from server.config import Config


def greeting(config: Config) -> str:
    """The address, and in demo mode who may sign in and how to register a desk phone."""
    lines = [f"Unisono is ready: {config.web.origin}"]
    if config.demo.enabled:
        lines += ["", "Sign in as one of these (one in each browser, or in a private window):"]
        width = max((len(person.email) for person in config.demo.people), default=0)
        lines += [
            f"  {person.email:<{width}}  password {person.password:<12}  {person.name},"
            f" extension {person.extension}, {person.number}"
            for person in config.demo.people
        ]
        lines += ["", f"Outside number with an announcement and an echo: {config.demo.outside_number}"]
    if config.demo.enabled and config.sip.enabled:
        first = config.demo.people[0] if config.demo.people else None
        if first is not None:
            lines.append(
                f"Desk phone: {first.extension}@{config.organisation.domain}, password {first.sip_password},"
                f" proxy {config.sip.host}:{config.sip.udp_port} (UDP or TCP)"
            )
    return "\n".join(lines) + "\n"
