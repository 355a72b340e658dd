"""What messages and greetings have in common."""

from server.edge.refusals import Refusal


class NobodysMailbox(Refusal):
    """Nobody has this mailbox."""

    code, status = "unknown_person", 404
