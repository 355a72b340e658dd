"""One telephone on its way into a meeting, and inside of it: what it hears, and what its keys do.

Sans I/O: events come in with `now` (seconds, monotonic), each method returns what the shell has to do, in
order. Keys are single characters as in RFC 4733 (`0-9*#A-D`).
"""

from collections.abc import Mapping
from typing import Any

from bridges.sip.machine import Machine
from bridges.sip.meeting.closing import Closing
from bridges.sip.meeting.ivr_commands import (
    CheckPin,
    Command,
    Hand,
    HangUp,
    Join,
    Mute,
    Over,
    Quit,
    Say,
    Underlay,
    Visit,
)
from bridges.sip.meeting.ivr_states import TRANSITIONS, State, Trigger
from bridges.sip.voice.player import Beneath
from bridges.sip.voice.prompts import Language, Prompt, Words

#: PINs that one call may try.
TRIES = 3
#: Questions that may stay unanswered before the call is ended.
PATIENCE = 3
#: Seconds without a key: until the question is asked again, and until what was typed counts as whole.
ANSWER_WITHIN, NEXT_DIGIT_WITHIN = 10.0, 4.0
#: Seconds between a star and the key that belongs to it.
STAR_WITHIN = 3.0
#: Seconds from one reminder to the next while waiting, and the longest wait.
REMIND_EVERY, WAIT_AT_MOST = 60.0, 4 * 3600.0
#: Seconds after which a farewell counts as said, whatever became of it.
FAREWELL_WITHIN = 15.0
#: Seconds of lost connection after which the call is ended.
LOST_AT_MOST = 60.0
#: Seconds for which telephones stay alone in a meeting that everybody else has left.
ALONE_AT_MOST = 45.0
#: The longest PIN that is looked at.
PIN_DIGITS = 20


_OVER = {"refused": Over.REFUSED, "removed": Over.REMOVED, "left": Over.ENDED}
_FAREWELLS = {
    Over.REFUSED: Prompt.REFUSED,
    Over.REMOVED: Prompt.REMOVED,
    Over.ENDED: Prompt.ENDED,
    Over.UNAVAILABLE: Prompt.UNAVAILABLE,
    Over.TOO_MANY: Prompt.TOO_MANY,
    Over.SILENT: Prompt.GOODBYE,
}


class Ivr(Machine[State, Trigger]):
    """The state of one telephone. `language`: how it is greeted."""

    transitions = TRANSITIONS

    def __init__(self, language: Language) -> None:
        super().__init__(State.PIN)
        self.language = language
        self.muted = False
        self.hand = False
        self._typed = ""
        self._tries = self._unanswered = 0
        self._star_until: float | None = None
        self._deadline: float | None = None
        self._give_up_at: float | None = None
        self._visit = Visit("calling", started=False, ready=False)
        self._told: Prompt | None = None
        self._greeted = self._tried = False
        #: Whether nothing is said of the first room.
        self._unnoticed = False
        #: The room that is being entered or was last; the one that the telephone was last told it is in.
        self._room = self._told_room = ""
        self._closing = Closing()
        #: What putting the telephone out of its room means, unless it was only to be put into another.
        self._put_out: Over | None = None
        self._why = Over.ENDED

    # --- the call ---

    def dialled_in(self, now: float) -> list[Command]:
        """A telephone called us and was answered."""
        self._deadline = now + FAREWELL_WITHIN + ANSWER_WITHIN
        return [Say((Prompt.WELCOME,), self.language, (Prompt.LANGUAGE,))]

    def dialled_out(self, now: float) -> list[Command]:
        """A telephone that we called was answered; `visited` follows."""
        self._move(Trigger.DIALLED_OUT)
        self._give_up_at = now + WAIT_AT_MOST
        return [Say((Prompt.JOINING,), self.language), Underlay(Beneath.MUSIC)]

    def brought(self, now: float) -> list[Command]:
        """Somebody who talks already is to be in the room: nothing is said, and nobody is waited for;
        `visited` follows."""
        self._move(Trigger.DIALLED_OUT)
        self._give_up_at = now + LOST_AT_MOST
        self._greeted = self._tried = self._unnoticed = True
        return [Underlay(Beneath.SILENCE)]

    def hung_up(self) -> list[Command]:
        """The telephone has gone."""
        self._follow(Trigger.HUNG_UP)
        self._deadline = self._give_up_at = self._star_until = None
        return []

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable, for `restore` in a later process."""
        return {
            "state": self.state.value,
            "language": self.language.value,
            "muted": self.muted,
            "hand": self.hand,
            "tries": self._tries,
            "greeted": self._greeted,
            "tried": self._tried,
            "room": self._told_room,
        }

    @classmethod
    def restore(cls, kept: Mapping[str, Any]) -> "Ivr":
        """What `snapshot` was taken of: whoever was asked for a PIN is asked again, whoever was inside is on
        the way back. `resumed` follows. Raises KeyError, TypeError, ValueError for what is none."""
        ivr = cls(Language(kept["language"]))
        state = State(kept["state"])
        if state in {State.LEAVING, State.GONE}:
            raise ValueError("it was leaving")
        asked = state in {State.PIN, State.CHECKING}
        ivr.state = State.PIN if asked else State.WAITING
        ivr.muted, ivr.hand = bool(kept["muted"]), bool(kept["hand"])
        ivr._tries = int(kept["tries"])
        ivr._greeted, ivr._tried = bool(kept["greeted"]), bool(kept["tried"])
        ivr._told_room = str(kept["room"])
        return ivr

    def resumed(self, now: float) -> list[Command]:
        """The telephone is heard again; of a visitor `visited` follows."""
        if self.state is State.PIN:
            return self._ask(now)
        self._give_up_at = now + (LOST_AT_MOST if self._tried else WAIT_AT_MOST)
        if not self._greeted:
            return [Underlay(Beneath.MUSIC)]
        self._told = Prompt.JOINING  # reminded of only after a minute
        self._deadline = now + REMIND_EVERY
        return [Underlay(Beneath.MUSIC), Say((Prompt.ONE_MOMENT,), self.language)]

    # --- keys ---

    def key(self, key: str, now: float) -> list[Command]:
        """A key was pressed."""
        if self.state is State.PIN:
            return self._typing(key, now)
        # On the way from one room to the next, or back after a failure, it is remembered for the arrival.
        coming_back = self._greeted and self.state in {State.JOINING, State.WAITING}
        return self._ordering(key, now) if self.state is State.INSIDE or coming_back else []

    def _typing(self, key: str, now: float) -> list[Command]:
        self._unanswered = 0
        if key == "#":
            return self._submit(now) if self._typed else self._ask(now)
        if key == "*":
            if not self._typed:
                self.language = self.language.other
            self._typed = ""
            return self._ask(now)
        if key not in "0123456789":
            return []
        first = not self._typed
        # What is longer than any PIN is kept one digit too long: it is wrong, and costs no memory.
        self._typed = (self._typed + key)[: PIN_DIGITS + 1]
        self._deadline = now + NEXT_DIGIT_WITHIN
        return [Say((), self.language)] if first else []

    def _ask(self, now: float, *before: Prompt) -> list[Command]:
        self._typed = ""
        self._deadline = now + FAREWELL_WITHIN + ANSWER_WITHIN
        return [Underlay(Beneath.SILENCE), Say((*before, Prompt.ENTER_PIN), self.language)]

    def _submit(self, now: float) -> list[Command]:
        self._move(Trigger.SUBMIT)
        self._tries += 1
        self._deadline = None
        pin, self._typed = self._typed, ""
        return [CheckPin(pin)] if len(pin) <= PIN_DIGITS else self.pin_unknown(now)

    def _ordering(self, key: str, now: float) -> list[Command]:
        star, self._star_until = self._star_until, None
        if key == "*":
            self._star_until = now + STAR_WITHIN
        elif star is not None and now <= star:
            if key == "6":
                self.muted = not self.muted
                said = Prompt.MUTED if self.muted else Prompt.UNMUTED
                return [Mute(self.muted), Say((said,), self.language)]
            if key == "9":
                self.hand = not self.hand
                said = Prompt.HAND_RAISED if self.hand else Prompt.HAND_LOWERED
                return [Hand(self.hand), Say((said,), self.language)]
        # Whoever knows what is being said need not hear it out.
        return [Say((), self.language)]

    # --- what the web says ---

    def pin_unknown(self, now: float) -> list[Command]:
        """No meeting has this PIN."""
        if not self._allows(Trigger.PIN_UNKNOWN):
            return []
        if self._tries >= TRIES:
            return self.over(Over.TOO_MANY, now)
        self._move(Trigger.PIN_UNKNOWN)
        return self._ask(now, Prompt.WRONG_PIN)

    def pin_accepted(self, visit: Visit, now: float) -> list[Command]:
        """The PIN opens a meeting; the visitor is `visit`."""
        if not self._follow(Trigger.PIN_ACCEPTED):
            return []
        self._give_up_at = now + WAIT_AT_MOST
        return [Underlay(Beneath.MUSIC), *self.visited(visit, now)]

    def visited(self, visit: Visit, now: float) -> list[Command]:
        """The visitor is now as `visit` says."""
        if self.state in {State.PIN, State.CHECKING, State.LEAVING, State.GONE}:
            return []
        self._visit = visit
        self._closing.seen(visit.closes_at, now)
        if (why := _OVER.get(visit.state)) is not None:
            return self.over(why, now)
        elsewhere = visit.ready and visit.room != self._room
        if self._put_out is not None and not elsewhere:
            return self.over(self._put_out, now)
        # After a failure nobody is waited for: all come back at the same time.
        if self.state is State.WAITING and visit.ready and (visit.started or self._tried):
            return self._join(now)
        if self.state in {State.JOINING, State.INSIDE} and elsewhere:
            self._give_up_at = None
            return [Quit(), Underlay(Beneath.MUSIC), *self._join(now)]
        return self._go_on(now)

    def _go_on(self, now: float) -> list[Command]:
        """The telephone stays where it is."""
        if self.state is State.INSIDE:
            self._watch_others(now)
            return self._warn(now)
        return self._remind(now) if self.state is State.WAITING else []

    def _warn(self, now: float) -> list[Command]:
        warning = self._closing.warning(now)
        return [Say(warning, self.language)] if warning else []

    def _join(self, now: float) -> list[Command]:
        self._move(Trigger.JOIN)
        self._room, self._put_out = self._visit.room, None
        self._deadline = None
        self._tried = True
        self._give_up_at = min(self._give_up_at or now + LOST_AT_MOST, now + LOST_AT_MOST)
        return [Join()]

    def _watch_others(self, now: float) -> None:
        """A meeting is over when others than telephones have been gone for a while, not at a reload."""
        if self._visit.started:
            self._give_up_at = None
        elif self._give_up_at is None:
            self._give_up_at = now + ALONE_AT_MOST

    def _remind(self, now: float, *, again: bool = False) -> list[Command]:
        """Say what is waited for, when that is new or a minute has passed."""
        if self._visit.state == "calling":
            return []
        prompt = self._waits_for()
        self._deadline = now + REMIND_EVERY if again or prompt is not self._told else self._deadline
        if prompt is self._told and not again:
            return []
        self._told = prompt
        return [Say((prompt,), self.language)]

    def _waits_for(self) -> Prompt:
        if self._visit.encrypted and self._visit.state == "waiting":
            return Prompt.ENCRYPTED
        if not self._visit.started:
            return Prompt.NOT_STARTED
        return Prompt.LOBBY if self._visit.state == "waiting" else Prompt.JOINING

    # --- what the SFU says ---

    def inside(self, now: float) -> list[Command]:
        """The telephone is in the room: for the first time, or again. Its mute and hand are as before."""
        if not self._follow(Trigger.ENTERED):
            return []
        self._deadline = self._give_up_at = None
        self._watch_others(now)
        restored: list[Command] = [Mute(True)] if self.muted else []
        restored += [Hand(True)] if self.hand else []
        said = (*self._where(), *self._closing.warning(now))
        return [Underlay(Beneath.MEETING), *restored, Say(said, self.language)]

    def _where(self) -> tuple[Words, ...]:
        """What is new of where the telephone is."""
        greeting = () if self._greeted else (Prompt.JOINED,)
        moved = self._room != self._told_room and not self._unnoticed
        self._greeted, self._told_room, self._unnoticed = True, self._room, False
        place = self._visit.place
        if place is not None and moved:
            return (*greeting, Prompt.IN_ROOM, place)
        return greeting or ((Prompt.IN_MAIN_ROOM,) if moved else ())

    def lost(self, now: float) -> list[Command]:
        """The connection to the room is lost, or could not be made; `visited` follows with another ticket."""
        was_inside = self.state is State.INSIDE
        if not self._follow(Trigger.LOST):
            return []
        if was_inside:
            self._give_up_at = now + LOST_AT_MOST
        self._told = Prompt.JOINING  # reminded of only after a minute
        self._deadline = now + REMIND_EVERY
        say = [Say((Prompt.ONE_MOMENT,), self.language)] if was_inside else []
        return [Underlay(Beneath.MUSIC), *say]

    def put_out(self, why: Over, now: float) -> list[Command]:
        """The room put the telephone out, or is no more; `visited` follows, and says if there is another."""
        commands = self.lost(now)
        if commands:
            self._put_out = why
        return [command for command in commands if not isinstance(command, Say)]

    def muted_by_other(self, on: bool) -> list[Command]:
        """A moderator muted the telephone, or unmuted it."""
        if self.state is not State.INSIDE or on == self.muted:
            return []
        self.muted = on
        return [Say((Prompt.MUTED_BY_MODERATOR if on else Prompt.UNMUTED,), self.language)]

    # --- the end ---

    def over(self, why: Over, now: float) -> list[Command]:
        """There is no way on: say so, and hang up. Nobody sees the telephone in the room meanwhile."""
        quitting: list[Command] = [Quit()] if self.state in {State.JOINING, State.INSIDE} else []
        if not self._follow(Trigger.OVER):
            return []
        self._why = why
        self._give_up_at, self._deadline = None, now + FAREWELL_WITHIN
        prompt = _FAREWELLS[why]
        if why is Over.REFUSED and self._visit.encrypted:
            prompt = Prompt.ENCRYPTED_CLOSED
        return [*quitting, Underlay(Beneath.SILENCE), Say((prompt,), self.language)]

    def said(self, now: float) -> list[Command]:
        """What was to be said has been said."""
        if self.state is State.LEAVING:
            return self._gone()
        if self.state is State.PIN and not self._typed:
            self._deadline = now + ANSWER_WITHIN
        return []

    # --- time ---

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock of `now`."""
        closing = self._closing.due if self.state is State.INSIDE else None
        due = (self._deadline, self._give_up_at, closing)
        return min((at for at in due if at is not None), default=None)

    def handle_timer(self, now: float) -> list[Command]:
        """Time has come."""
        if self._give_up_at is not None and now >= self._give_up_at:
            return self.over(self._why_given_up(), now)
        if self.state is State.INSIDE:
            return self._warn(now)
        return self._past_deadline(now) if self._deadline is not None and now >= self._deadline else []

    def _past_deadline(self, now: float) -> list[Command]:
        self._deadline = None
        match self.state:
            case State.LEAVING:
                return self._gone()
            case State.PIN:
                return self._submit(now) if self._typed else self._nothing_typed(now)
            case State.WAITING:
                return self._remind(now, again=True)
        return []

    def _why_given_up(self) -> Over:
        if self.state is State.INSIDE:
            return Over.ENDED
        return Over.UNAVAILABLE if self._tried else Over.SILENT

    def _nothing_typed(self, now: float) -> list[Command]:
        self._unanswered += 1
        return self.over(Over.SILENT, now) if self._unanswered >= PATIENCE else self._ask(now)

    def _gone(self) -> list[Command]:
        self.hung_up()
        return [HangUp(self._why)]
