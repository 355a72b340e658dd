"""What a backup or a restore refuses."""


class BackupError(Exception):
    """The backup cannot be made or restored; the text says why."""
