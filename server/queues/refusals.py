"""What queues refuse."""

from server.edge.refusals import Refusal


class QueueRefusal(Refusal):
    """Nothing changes in the queue."""

    code = "queue"


class NotAnAgent(QueueRefusal):
    """You are in no queue."""

    code, status = "not_an_agent", 409


class NotOnDuty(QueueRefusal):
    """Sign in first."""

    code, status = "not_on_duty", 409


class UnknownQueue(QueueRefusal):
    """There is no such queue, or it is not yours to see."""

    code, status = "unknown_queue", 404


class NotCalledBack(QueueRefusal):
    """This caller cannot be called back: nobody knows their number, or it may not be called."""

    code, status = "not_called_back", 409


class UnknownWaitingCall(QueueRefusal):
    """No such call waits."""

    code, status = "unknown_call", 404


class CannotListen(QueueRefusal):
    """This queue's calls are not listened to, or not so."""

    code, status = "cannot_listen", 409


class NotTalking(QueueRefusal):
    """This agent talks with no caller of the queue at the moment."""

    code, status = "not_talking", 409


class YourOwnCall(QueueRefusal):
    """You are in this call."""

    code, status = "your_own_call", 409


class UnknownListening(QueueRefusal):
    """You are not listening by such a call."""

    code, status = "unknown_listening", 404
