"""Where automatic attendants are put together."""

import secrets
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Literal

from server.attendants.http import Api, internal_blueprint
from server.attendants.service import Attendants
from server.attendants.speech import EspeakVoice
from server.attendants.store import SqlAttendants
from server.audit.service import Audit
from server.composition.accounts import AccountFeatures
from server.composition.context import AppContext
from server.directory.service import Directory
from server.hours.service import HoursNow, OpeningHours
from server.prompt_recording import http as prompts_http
from server.prompt_recording.service import PromptRecordings
from server.sfu.forwarding.bucket import Buckets
from server.sounds.decoding import GreetingDecoder
from server.sounds.files import SoundFiles
from server.telephony.memory import RouteMemory
from server.telephony.trials import TrialBridge

#: How often somebody may say a prompt into a telephone: the many of one attendant follow each other.
PROMPTS_A_SECOND, PROMPTS_AT_ONCE = 1 / 15, 10.0


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


def serve_prompt_recordings(
    context: AppContext,
    bridge: TrialBridge,
    attendants: Attendants,
    directory: Directory,
    language: Callable[[str], Awaitable[Literal["it", "en"]]],
) -> None:
    """What attendants say may be said into a telephone."""
    pace = Buckets(PROMPTS_A_SECOND, PROMPTS_AT_ONCE)
    recordings = PromptRecordings(
        bridge,
        attendants,
        directory,
        language,
        lambda user_id: pace.take(user_id, monotonic()),
        lambda: secrets.token_hex(16),
    )
    context.app.blueprint(prompts_http.blueprint(recordings))
    context.app.blueprint(prompts_http.internal_blueprint(recordings, context.secrets.internal_secret))
