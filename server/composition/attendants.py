"""Where automatic attendants are put together."""

import secrets

from server.attendants.http import Api, internal_blueprint
from server.attendants.service import Attendants
from server.attendants.speech import EspeakVoice
from server.attendants.store import SqlAttendants
from server.audit.service import Audit
from server.composition.accounts import AccountFeatures
from server.composition.context import AppContext
from server.directory.service import Directory
from server.hours.service import HoursNow, OpeningHours
from server.sounds.decoding import GreetingDecoder
from server.sounds.files import SoundFiles
from server.telephony.memory import RouteMemory


def make_attendants(
    context: AppContext,
    directory: Directory,
    memory: RouteMemory,
    audit: Audit,
    account: AccountFeatures,
    hours: OpeningHours,
) -> Attendants:
    """Construct them, and register their blueprints."""
    config, decode = context.config, GreetingDecoder().decode
    attendants = Attendants(
        SqlAttendants(context.database.engine),
        directory,
        memory,
        memory,
        SoundFiles(context.data.prompts, account.seal),
        EspeakVoice(decode),
        decode,
        audit,
        region=config.organisation.region,
        dial_in=config.meetings.dial_in_extension,
        fresh_id=lambda: secrets.token_hex(16),
        now_ms=account.clock,
    )
    hours.uses.append(attendants.using)
    state = HoursNow(memory, account.clock).state
    context.app.blueprint(Api(attendants, state, config.organisation.region).blueprint())
    context.app.blueprint(internal_blueprint(attendants, context.secrets.internal_secret))
    return attendants
