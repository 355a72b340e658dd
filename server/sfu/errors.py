"""What can be refused, apart from input that cannot be read at all."""


class SfuError(Exception):
    """Base of the refusals of this package."""


class Refused(SfuError):
    """A participant asked for what its token or the limits do not allow; the text is for its logs."""


class Full(SfuError):
    """The room or the process holds as many as configured."""


class Unknown(SfuError):
    """No such room, participant or track."""


class Revoked(SfuError):
    """A token of somebody who was removed."""
