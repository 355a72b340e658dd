"""Where voicemail is put together."""

import secrets

from server.audit.service import Audit
from server.composition.accounts import AccountFeatures, language_reader, mailer_of
from server.composition.context import AppContext
from server.directory.service import Directory
from server.events.hub import Hub
from server.sounds.decoding import GreetingDecoder
from server.sounds.files import SoundFiles
from server.sounds.small import OpusMaker
from server.voicemail import greetings_http, http, rules_http
from server.voicemail.greetings import Greetings
from server.voicemail.keeping import MailboxRules
from server.voicemail.mails import MessageMails
from server.voicemail.pins import Pins
from server.voicemail.posting import DirectRooms, RoomPoster
from server.voicemail.rules import Keeping
from server.voicemail.service import MailboxLamps, Voicemail
from server.voicemail.store import SqlVoicemail


def make_voicemail(
    context: AppContext,
    directory: Directory,
    account: AccountFeatures,
    hub: Hub,
    lamps: MailboxLamps,
    audit: Audit,
) -> Voicemail:
    """Construct it, and register its blueprints."""
    section = context.config.voicemail
    voicemail = Voicemail(
        SqlVoicemail(context.database.engine),
        _sounds(context, account),
        directory,
        language_reader(account),
        hub,
        lamps,
        _mails(context, account),
        MailboxRules(
            SqlVoicemail(context.database.engine),
            Keeping(section.by_default, section.seconds, section.messages, section.days),
            audit,
        ),
        account.clock,
    )
    store = SqlVoicemail(context.database.engine)
    pins = Pins(store, account.hasher, account.attempts, directory, account.notices, account.clock)
    context.app.blueprint(http.blueprint(voicemail, pins))
    context.app.blueprint(rules_http.blueprint(voicemail.keeping))
    context.app.blueprint(http.internal_blueprint(voicemail, pins, context.secrets.internal_secret))
    return voicemail


def make_greetings(context: AppContext, directory: Directory, account: AccountFeatures) -> Greetings:
    """Construct them, and register their blueprints."""
    greetings = Greetings(
        SqlVoicemail(context.database.engine),
        SoundFiles(context.data.greetings, account.seal),
        directory,
        GreetingDecoder().decode,
        account.clock,
        lambda: secrets.token_hex(16),
    )
    context.app.blueprint(greetings_http.blueprint(greetings))
    context.app.blueprint(greetings_http.internal_blueprint(greetings, context.secrets.internal_secret))
    return greetings


def post_messages(
    context: AppContext,
    voicemail: Voicemail,
    directory: Directory,
    account: AccountFeatures,
    rooms: DirectRooms,
) -> None:
    """Have messages stand in the chat, too."""
    poster = RoomPoster(
        SqlVoicemail(context.database.engine),
        _sounds(context, account),
        directory,
        language_reader(account),
        rooms,
        context.homeserver,
        context.config.organisation.domain,
    )
    voicemail.on_kept = poster.post
    context.on_start.append(poster.start)
    context.on_stop.append(poster.stop)


def _mails(context: AppContext, account: AccountFeatures) -> MessageMails:
    organisation, origin = context.config.organisation, context.config.web.origin
    mailer = mailer_of(context.config, account.outbox)
    page = f"{origin}/#/calls/voicemail"
    return MessageMails(
        mailer, language_reader(account), organisation.name, organisation.region, page, OpusMaker()
    )


def _sounds(context: AppContext, account: AccountFeatures) -> SoundFiles:
    return SoundFiles(context.data.voicemail, account.seal)
