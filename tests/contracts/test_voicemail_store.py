"""What every store of messages must do, whatever the database."""

from server.storage.database import Database
from server.voicemail.greetings import Greeting
from server.voicemail.posting import Unposted
from server.voicemail.rules import MailKind, Message
from server.voicemail.store import SqlVoicemail
from wire.route import Party


def message(number: int, left_at: int = 10) -> Message:
    return Message(f"{number:032x}", "c1", Party(None, "Anna", "+39"), left_at, 1500, seen=False)


async def test_messages_come_back_the_newest_first_to_their_owner(database: Database) -> None:
    store = SqlVoicemail(database.engine)
    assert await store.add("b", message(1, 10))
    assert await store.add("b", message(2, 20))
    assert not await store.add("b", message(2, 20))
    await store.add("c", message(3))
    assert list(await store.all("b")) == [message(2, 20), message(1, 10)]
    assert await store.count("b") == 2
    assert await store.one("b", message(1).id) == message(1, 10)
    assert await store.one("b", message(3).id) is None


async def test_a_choice_stays_until_the_next(database: Database) -> None:
    store = SqlVoicemail(database.engine)
    assert await store.chosen("b") is None
    for on in (True, False):
        await store.choose("b", on)
        assert await store.chosen("b") is on


async def test_a_deleted_message_can_be_brought_back_until_it_is_forgotten(database: Database) -> None:
    store = SqlVoicemail(database.engine)
    one = message(1)
    await store.add("b", one)
    assert not await store.remove("c", one.id, 50)
    assert await store.remove("b", one.id, 50)
    assert (await store.count("b"), await store.one("b", one.id)) == (0, None)
    await store.purge(0, 50)
    assert await store.remove("b", one.id, None)
    assert await store.count("b") == 1
    await store.remove("b", one.id, 50)
    await store.purge(0, 51)
    assert not await store.remove("b", one.id, None)


async def test_what_is_too_old_and_who_has_left_is_forgotten(database: Database) -> None:
    store = SqlVoicemail(database.engine)
    for number in (1, 2):
        await store.add("b", message(number, number))
    await store.add("c", message(3, 3))
    await store.choose("b", True)
    await store.purge(2, 0)
    assert await store.known([message(number).id for number in (1, 2, 3)]) == {message(2).id, message(3).id}
    await store.forget_owner("b")
    assert (await store.chosen("b"), await store.count("b"), await store.count("c")) == (None, 0, 1)
    assert await store.known([]) == set()


async def test_what_is_not_deleted_waits_for_its_room_the_oldest_first(database: Database) -> None:
    store = SqlVoicemail(database.engine)
    for number in (2, 1, 3):
        await store.add("b", message(number, number))
    await store.remove("b", message(3).id, 50)
    assert await store.unposted(1) == [Unposted("b", message(1, 1))]
    assert await store.unposted(9) == [Unposted("b", message(1, 1)), Unposted("b", message(2, 2))]
    await store.posted(message(1).id)
    assert await store.unposted(9) == [Unposted("b", message(2, 2))]


async def test_a_greeting_stays_until_another_one_for_its_occasion(database: Database) -> None:
    store = SqlVoicemail(database.engine)
    always, other = Greeting("always", f"{1:032x}", 1000, 10), Greeting("always", f"{2:032x}", 2000, 20)
    busy = Greeting("busy", f"{3:032x}", 3000, 30)
    for greeting in (always, busy, other):
        await store.greet_with("b", greeting)
    await store.greet_with("c", always)
    assert await store.greetings("b") == [other, busy]
    assert await store.known_greetings([always.id, busy.id, f"{9:032x}"]) == {always.id, busy.id}
    await store.greet_no_more("b", "busy")
    assert await store.greetings("b") == [other]
    await store.forget_owner("b")
    assert (await store.greetings("b"), await store.greetings("c")) == ([], [always])


async def test_what_is_wanted_by_mail_stays_until_it_is_wanted_no_more(database: Database) -> None:
    store = SqlVoicemail(database.engine)
    assert await store.mail("b") == "none"
    kinds: tuple[MailKind, ...] = ("notice", "sound", "none")
    for kind in kinds:
        await store.choose_mail("b", kind)
        assert await store.mail("b") == kind
    await store.choose_mail("b", "sound")
    await store.forget_owner("b")
    assert await store.mail("b") == "none"


async def test_a_pin_is_kept_as_its_hash_until_there_is_none(database: Database) -> None:
    store = SqlVoicemail(database.engine)
    assert (await store.pin("b"), await store.pin_chosen_at("b")) == (None, None)
    for at, pin_hash in enumerate(("one", "two", None)):
        await store.choose_pin("b", pin_hash, at)
        assert await store.pin("b") == pin_hash
        assert await store.pin_chosen_at("b") == (None if pin_hash is None else at)
    await store.choose_pin("b", "three", 7)
    await store.forget_owner("b")
    assert await store.pin("b") is None
