"""What meetings refuse, by name; the edge translates them once."""

from server.edge.refusals import Refusal


class MeetingError(Refusal):
    """A refusal of the meetings."""

    code, status = "meeting", 409


class MeetingNotFound(MeetingError):
    """There is no such meeting, or not for you."""

    code, status = "meeting_not_found", 404


class RoomNotFound(MeetingError):
    """There is no such room, or not for you."""

    code, status = "room_not_found", 404


class ModeratorsOnly(MeetingError):
    """This is for moderators of the meeting."""

    code, status = "moderators_only", 403


class MayNotInvite(MeetingError):
    """Only who may invite into the room may let people in."""

    code, status = "may_not_invite", 403


class LobbyRequired(MeetingError):
    """Guests always wait in the lobby here until somebody lets them in."""

    code, status, field = "lobby_required", 403, "lobby"


class UnknownPerson(MeetingError):
    """Nobody here has this user id."""

    code, status, field = "unknown_person", 404, "people"


class InvalidEmail(MeetingError):
    """This is not an e-mail address."""

    code, status, field = "invalid_email", 400, "invite"


class MailNotConfigured(MeetingError):
    """No mail server is configured: share a link instead."""

    code, status = "mail_not_configured", 503


class InvalidTitle(MeetingError):
    """A title has 1 to 200 characters."""

    code, status, field = "invalid_title", 400, "title"


class AddressInTitle(MeetingError):
    """A title that goes out by mail holds no web address."""

    code, status, field = "address_in_title", 400, "title"


class TooManyInvitations(MeetingError):
    """You have invited as many people outside as one may in a day; go on tomorrow, or share a link."""

    code, status, field = "too_many_invitations", 429, "invite"


class InvalidName(MeetingError):
    """A name has 1 to 60 characters."""

    code, status, field = "invalid_name", 400, "name"


class LinkTooLong(MeetingError):
    """Links for guests may not be good for as long as this."""

    code, status, field = "link_too_long", 400, "hours"


class LinkUnknown(MeetingError):
    """This link is not one of ours; copy it whole."""

    code, status = "link_unknown", 404


class LinkExpired(MeetingError):
    """This link has expired; ask for a new one."""

    code, status = "link_expired", 410


class LinkRevoked(MeetingError):
    """This link was withdrawn; ask for a new one."""

    code, status = "link_revoked", 410


class MeetingFull(MeetingError):
    """The meeting takes no more guests at the moment."""

    code = "meeting_full"


class NotAGuest(MeetingError):
    """Enter by your link first."""

    code, status = "not_a_guest", 401


class TooMuch(MeetingError):
    """That is too much at once; wait a little."""

    code, status = "too_much", 429


class NotAdmitted(MeetingError):
    """Wait until somebody lets you in."""

    code, status = "not_admitted", 403


class VisitorNotFound(MeetingError):
    """Nobody of this kind is at the door."""

    code, status = "visitor_not_found", 404


class AlreadyDecided(MeetingError):
    """Somebody has decided before you, or the visitor has left."""

    code = "already_decided"


class EncryptedMeeting(MeetingError):
    """The meeting is end-to-end encrypted: this would break the encryption."""

    code = "encrypted_meeting"


class ParticipantNotFound(MeetingError):
    """This participant is not in the meeting, or does not send this."""

    code, status = "participant_not_found", 404


class MediaUnavailable(MeetingError):
    """The media server does not answer."""

    code, status = "media_unavailable", 503


class TelephonesUnavailable(MeetingError):
    """The telephone service does not answer."""

    code, status = "telephones_unavailable", 503


class UnknownPin(MeetingError):
    """No meeting has this PIN."""

    code, status = "unknown_pin", 404


class PersonTwice(MeetingError):
    """Nobody can be in two breakouts."""

    code, status, field = "person_twice", 400, "breakouts"


class NotInTheMeeting(MeetingError):
    """Somebody of these is not in the meeting."""

    code, status, field = "not_in_the_meeting", 400, "breakouts"


class TooManyBreakouts(MeetingError):
    """A meeting has at most 50 breakouts."""

    code, status, field = "too_many_breakouts", 400, "breakouts"


class BreakoutNotFound(MeetingError):
    """There is no such breakout, or it has closed."""

    code, status = "breakout_not_found", 404


class EncryptedNotRecorded(MeetingError):
    """The meeting is end-to-end encrypted: only those who are in it hear it, so it is not recorded."""

    code = "encrypted_not_recorded"


class RecordingNotAllowed(MeetingError):
    """The administration has not allowed recordings that people begin themselves."""

    code, status = "recording_not_allowed", 403


class MeetingNotStarted(MeetingError):
    """Nobody is in the meeting."""

    code = "meeting_not_started"


class MeetingRecordingNotKept(MeetingError):
    """There is no room for a recording on the server."""

    code, status = "recording_not_kept", 503


class MeetingNotRecordedNow(MeetingError):
    """The meeting is not recorded at the moment, or has not begun to be."""

    code = "meeting_not_recorded_now"
