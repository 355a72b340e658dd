"""Phones watch others' calls over real sockets, in the forms that they send."""

import re
from dataclasses import replace

import pytest

from bridges.sip.message import OutgoingRequest, Request, Response, make_response
from bridges.sip.subscription import Lamp, LampState, MessageSummary, Presentity
from bridges.sip.transport import subscriptions
from bridges.sip.transport.endpoint import SipEndpoint
from bridges.sip.transport.subscriptions import Subscriptions
from bridges.sip.voicemail.waiting import MessagesWaiting
from tests.bridges.sip.transport.endpoints import (
    ACCOUNTS,
    CONFIG,
    REALM,
    MemoryStore,
    accounts,
    peer,
    running,
    until,
)
from tests.bridges.sip.transport.test_registration import Phone

RINGING = Lamp(LampState.EARLY, True, ("sip:203@example.org", "Chiara"), "01A")
TALKING = Lamp(LampState.CONFIRMED, True)
DIALOG = ("Event", "dialog")
ACCEPT = ("Accept", "application/dialog-info+xml")


MAILBOX = (("Event", "message-summary"), ("Accept", "application/simple-message-summary"))
#: Whose phone subscribes.
OWN = ACCOUNTS["201"].user_id


class Panel:
    """Lamps that are switched by hand; only 202 can be watched."""

    def __init__(self) -> None:
        self.shown, self.how = Lamp(), Presentity("available")
        self.away = False

    async def resource(self, watched: str) -> str | None:
        if self.away:
            raise OSError("the web is away")
        return "@bruno:localhost" if watched == "202" else None

    def lamp(self, resource: str) -> Lamp:
        assert resource == "@bruno:localhost"
        return self.shown

    def presentity(self, resource: str) -> Presentity:
        assert resource == "@bruno:localhost"
        return self.how


class House:
    """A registrar whose lamps are a panel's."""

    def __init__(self, store: MemoryStore | None = None, panel: Panel | None = None) -> None:
        self.panel = panel or Panel()
        self.mailboxes = MessagesWaiting(self._waiting, self._owner)
        self.waits = MessageSummary(1, 2)
        self.endpoint = SipEndpoint(CONFIG, accounts)
        self.watchers: Subscriptions = self.endpoint.let_watch(self.panel, self.mailboxes, store)

    async def _waiting(self, user_id: str) -> MessageSummary:
        assert user_id == OWN
        return self.waits

    async def _owner(self, extension: str) -> str | None:
        return {"201": OWN, "202": "@bruno:localhost"}.get(extension)

    def show(self, lamp: Lamp) -> None:
        self.panel.shown = lamp
        self.watchers.changed(["@bruno:localhost"])


def headers(phone: Phone, *more: tuple[str, str], expires: str | None = "600") -> tuple[tuple[str, str], ...]:
    contact = ("Contact", f"<sip:{phone.username}@127.0.0.1:{phone.socket.port}>")
    return (contact, *more, *((("Expires", expires),) if expires is not None else ()))


async def subscribes(phone: Phone, expires: str | None = "600", *more: tuple[str, str]) -> Response:
    """The answer to a SUBSCRIBE for 202 whose challenge is answered."""
    given = more or (DIALOG, ACCEPT)
    return await phone.authenticated("SUBSCRIBE", headers=headers(phone, *given, expires=expires))


async def notified(phone: Phone, status: int = 200) -> tuple[Request, str, str]:
    """The next NOTIFY, which is answered: it, its Subscription-State and the state in its document."""
    notify = await phone.socket.request("NOTIFY")
    phone.socket.send(make_response(notify, status), phone.endpoint.udp_port)
    (state,) = re.findall(r"<state>(\w+)</state>", notify.body.decode())
    return notify, (notify.header("subscription-state") or ""), state


def within_dialog(phone: Phone, first: Response, expires: str) -> OutgoingRequest:
    return phone.request(
        "SUBSCRIBE",
        to=first.headers["to"][0],
        uri=first.contact_target() or "",
        headers=headers(phone, DIALOG, ACCEPT, expires=expires),
    )


async def again(phone: Phone, first: Response, expires: str) -> Response:
    """The answer to a SUBSCRIBE within the dialog of the first one."""
    request = within_dialog(phone, first, expires)
    challenge = await phone.say(request)
    assert phone.challenged(challenge), challenge.status
    return await phone.again("SUBSCRIBE", challenge, to=request.to, uri=request.uri, headers=request.headers)


async def test_a_phone_is_told_of_each_change_until_it_unsubscribes() -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        granted = await subscribes(phone)
        assert (granted.status, granted.header("expires")) == (200, "600")
        assert granted.to_tag
        notify, status, state = await notified(phone)
        assert notify.target == f"sip:201@127.0.0.1:{socket.port}"
        assert (notify.call_id, notify.from_tag, notify.to_tag) == (granted.call_id, granted.to_tag, "p")
        assert (notify.header("event"), notify.header("content-type")) == (
            "dialog",
            "application/dialog-info+xml",
        )
        assert (status, state) == ("active;expires=600", "terminated")
        assert f'version="0" state="full" entity="sip:202@{REALM}"' in notify.body.decode()
        house.show(RINGING)
        notify, _, state = await notified(phone)
        assert state == "early"
        assert 'display="Chiara"' in notify.body.decode()
        assert 'call-id="01A"' in notify.body.decode()
        house.show(TALKING)
        assert (await notified(phone))[2] == "confirmed"
        ended = await again(phone, granted, "0")
        assert (ended.status, ended.header("expires")) == (200, "0")
        _, status, state = await notified(phone)
        assert (status, state) == ("terminated;reason=timeout", "confirmed")
        assert len(house.watchers) == 0


async def test_a_refresh_is_told_the_state_and_lasts_longer() -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        granted = await subscribes(phone)
        await notified(phone)
        assert (await again(phone, granted, "1800")).header("expires") == "1800"
        notify, status, _ = await notified(phone)
        assert status == "active;expires=1800"
        assert 'version="1"' in notify.body.decode()
        assert len(house.watchers) == 1


@pytest.mark.parametrize(
    ("given", "expires", "granted"),
    [
        # Yealink, Snom, Grandstream; one that says no time; one that asks for a day; one with an id.
        ((DIALOG, ACCEPT), "1800", "1800"),
        ((DIALOG, ("Accept", "application/dialog-info+xml;q=0.9, application/pidf+xml")), "3600", "3600"),
        ((("o", "dialog"),), "3600", "3600"),
        ((DIALOG,), None, "3600"),
        ((DIALOG, ("Accept", "*/*")), "86400", "3600"),
        ((("Event", "Dialog;id=3"), ACCEPT), "60", "60"),
    ],
)
async def test_the_forms_of_phones(
    given: tuple[tuple[str, str], ...], expires: str | None, granted: str
) -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        answer = await subscribes(phone, expires, *given)
        assert (answer.status, answer.header("expires")) == (200, granted)
        notify, status, _ = await notified(phone)
        assert status == f"active;expires={granted}"
        assert notify.header("event") == ("dialog;id=3" if "id=3" in given[0][1] else "dialog")


@pytest.mark.parametrize(
    ("given", "expires", "status", "header"),
    [
        ((("Event", "conference"),), "600", 489, ("allow-events", "dialog, presence, message-summary")),
        (
            (("Event", "message-summary"), ACCEPT),
            "600",
            406,
            ("accept", "application/simple-message-summary"),
        ),
        ((("Subject", "no event"),), "600", 489, ("allow-events", "dialog, presence, message-summary")),
        ((DIALOG, ("Accept", "application/pidf+xml")), "600", 406, ("accept", ACCEPT[1])),
        ((DIALOG,), "59", 423, ("min-expires", "60")),
        ((DIALOG,), "soon", 400, None),
        ((DIALOG, ("Require", "eventlist")), "600", 420, ("unsupported", "eventlist")),
    ],
)
async def test_what_cannot_be_granted_is_refused_before_anybody_is_asked_who_they_are(
    given: tuple[tuple[str, str], ...], expires: str, status: int, header: tuple[str, str] | None
) -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        answer = await phone.say(phone.request("SUBSCRIBE", headers=headers(phone, *given, expires=expires)))
        assert answer.status == status
        if header:
            assert answer.header(header[0]) == header[1]


async def test_only_who_signs_in_watches_and_only_what_there_is() -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        stranger = Phone(socket, house.endpoint, password="wrong")
        assert (await subscribes(stranger)).status == 403
        phone = Phone(socket, house.endpoint)
        phone.cseq = 10
        given = headers(phone, DIALOG, ACCEPT)
        nobody = await phone.authenticated("SUBSCRIBE", headers=given, uri=f"sip:299@{REALM}")
        assert nobody.status == 404
        house.panel.away = True
        phone.cseq = 20
        answer = await subscribes(phone)
        assert (answer.status, answer.header("retry-after")) == (503, "5")
        assert len(house.watchers) == 0


async def test_a_phone_may_only_watch_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MOST", 2)
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        answers = []
        for number in range(3):
            request = phone.request("SUBSCRIBE", headers=headers(phone, DIALOG), call_id=f"call{number}")
            phone.challenged(await phone.say(request))
            value = phone.digest.authorization("SUBSCRIBE", request.uri, "c0ffee")
            signed = replace(
                request,
                cseq=request.cseq + 100,
                branch=request.branch + "s",
                headers=(("Authorization", value or ""), *request.headers),
            )
            socket.send(signed.encode(), house.endpoint.udp_port)
            branch = signed.branch
            answers.append(
                (await socket.response(lambda r, b=branch: r.branch == b)).status  # type: ignore[misc]
            )
        assert answers == [200, 200, 603]
        assert len(house.watchers) == 2


async def test_a_dialog_that_is_not_known_is_481_so_that_the_phone_begins_anew() -> None:
    house = House()
    async with running(house.endpoint), peer() as socket, peer() as other_socket:
        phone = Phone(socket, house.endpoint)
        unknown = phone.request("SUBSCRIBE", to=f"<sip:202@{REALM}>;tag=gone", headers=headers(phone, DIALOG))
        assert (await phone.say(unknown)).status == 481
        granted = await subscribes(phone)
        await notified(phone)
        # Somebody else's, be they signed in, is none of theirs.
        other = Phone(other_socket, house.endpoint, "202")
        other.cseq = 100
        request = replace(within_dialog(phone, granted, "0"), branch="z9hG4bKother", cseq=101)
        other_socket.send(request.encode(), house.endpoint.udp_port)
        challenge = await other_socket.response(lambda r: r.branch == request.branch)
        assert other.challenged(challenge)
        value = other.digest.authorization("SUBSCRIBE", request.uri, "c0ffee")
        signed = replace(
            request,
            cseq=102,
            branch="z9hG4bKsigned",
            headers=(("Authorization", value or ""), *request.headers),
        )
        other_socket.send(signed.encode(), house.endpoint.udp_port)
        assert (await other_socket.response(lambda r: r.branch == signed.branch)).status == 481
        assert len(house.watchers) == 1


async def test_a_phone_that_knows_nothing_of_it_any_more_is_told_nothing_more() -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        await subscribes(phone)
        await notified(phone)
        house.show(RINGING)
        await notified(phone, 481)
        await until(lambda: len(house.watchers) == 0)


async def test_an_account_that_is_gone_watches_nobody() -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        await subscribes(phone)
        await notified(phone)
        house.endpoint.forget_phones("201")
        assert (await notified(phone))[1] == "terminated;reason=noresource"
        assert len(house.watchers) == 0


async def test_the_next_process_tells_the_phone_what_has_changed_and_lets_it_refresh() -> None:
    store, panel = MemoryStore(), Panel()
    async with peer() as socket:
        house = House(store, panel)
        async with running(house.endpoint):
            phone = Phone(socket, house.endpoint)
            granted = await subscribes(phone)
            first, _, _ = await notified(phone)
        panel.shown = TALKING
        house = House(store, panel)
        async with running(house.endpoint):
            phone.endpoint = house.endpoint
            notify, status, state = await notified(phone)
            assert (state, notify.call_id, notify.from_tag) == ("confirmed", first.call_id, first.from_tag)
            assert status.startswith("active;expires=")
            assert notify.cseq.sequence > first.cseq.sequence
            assert (await again(phone, granted, "0")).status == 200
            assert (await notified(phone))[1].startswith("terminated")
        assert store.rows == {"201": []}
        assert len(House(store, panel).watchers) == 0


async def test_rows_that_make_no_sense_cost_only_themselves() -> None:
    store = MemoryStore()
    store.rows["201"] = [{"username": "201"}, {"saved_at": "never"}]
    house = House(store)
    async with running(house.endpoint):
        assert len(house.watchers) == 0


async def mailbox_told(phone: Phone) -> tuple[Request, list[str]]:
    """The next NOTIFY about a mailbox, which is answered: it, and the lines of its document."""
    notify = await phone.socket.request("NOTIFY")
    phone.socket.send(make_response(notify, 200), phone.endpoint.udp_port)
    return notify, notify.body.decode().split("\r\n")


async def watches_mailbox(phone: Phone, watched: str, expires: str = "600") -> Response:
    given = headers(phone, *MAILBOX, expires=expires)
    return await phone.authenticated("SUBSCRIBE", uri=f"sip:{watched}@{REALM}", headers=given)


@pytest.mark.parametrize("watched", ["201", "*97"])
async def test_a_phone_is_told_what_waits_in_its_own_mailbox(watched: str) -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        assert (await watches_mailbox(phone, watched)).status == 200
        notify, lines = await mailbox_told(phone)
        assert notify.header("event") == "message-summary"
        assert notify.header("content-type") == "application/simple-message-summary"
        account = f"Message-Account: sip:{watched}@{REALM}"
        assert lines == ["Messages-Waiting: yes", account, "Voice-Message: 1/2 (0/0)", ""]
        house.watchers.changed([house.mailboxes.told(OWN, MessageSummary(0, 3))])
        _, lines = await mailbox_told(phone)
        assert lines == ["Messages-Waiting: no", account, "Voice-Message: 0/3 (0/0)", ""]


async def test_no_phone_watches_somebody_elses_mailbox() -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        assert (await watches_mailbox(Phone(socket, house.endpoint), "202")).status == 404


async def test_the_next_process_tells_of_a_mailbox_only_once_it_knows() -> None:
    """A lamp that goes out for a moment is a message that somebody believes is gone."""
    store = MemoryStore()
    async with peer() as socket:
        house = House(store)
        async with running(house.endpoint):
            phone = Phone(socket, house.endpoint)
            await watches_mailbox(phone, "201")
            await mailbox_told(phone)
        house = House(store)
        house.waits = MessageSummary(5, 0)
        async with running(house.endpoint):
            phone.endpoint = house.endpoint
            house.watchers.changed(house.watchers.resources())
            house.watchers.changed(await house.mailboxes.ask_again(house.watchers.resources()))
            _, lines = await mailbox_told(phone)
            assert lines[2] == "Voice-Message: 5/0 (0/0)"


async def test_a_phone_that_watches_no_mailbox_is_told_unasked() -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        contact = ("Contact", f"<sip:201@127.0.0.1:{socket.port}>")
        assert (await phone.authenticated("REGISTER", headers=(contact, ("Expires", "120")))).status == 200
        house.endpoint.tell_of_mailbox("201", MessageSummary(1, 0))
        notify, lines = await mailbox_told(phone)
        assert (notify.header("event"), lines[0]) == ("message-summary", "Messages-Waiting: yes")
        assert notify.header("content-type") == "application/simple-message-summary"
        assert (notify.header("subscription-state") or "").startswith("terminated")
        await watches_mailbox(phone, "201")
        await mailbox_told(phone)
        house.endpoint.tell_of_mailbox("201", MessageSummary(2, 0))
        house.watchers.changed([house.mailboxes.told(OWN, MessageSummary(3, 0))])
        notify, lines = await mailbox_told(phone)
        assert lines[2] == "Voice-Message: 3/0 (0/0)"


PRESENCE = (("Event", "presence"), ("Accept", "application/pidf+xml"))


async def test_a_phone_is_told_how_a_colleague_is() -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        assert (await subscribes(phone, "600", *PRESENCE)).status == 200
        seen: list[str] = []
        for how in (
            None,
            Presentity("away", "lunch"),
            Presentity("away", "lunch"),
            Presentity("in_a_meeting"),
        ):
            if how is not None:
                house.panel.how = how
                house.watchers.changed(["@bruno:localhost"])
            if how is None or seen[-1:] != [how.state]:
                notify = await socket.request("NOTIFY")
                socket.send(make_response(notify, 200), house.endpoint.udp_port)
                assert (notify.header("event"), notify.header("content-type")) == (
                    "presence",
                    "application/pidf+xml",
                )
                assert f'entity="sip:202@{REALM}"' in notify.body.decode()
                seen.append(how.state if how else "available")
        assert seen == ["available", "away", "in_a_meeting"]
        assert "<rpid:meeting/>" in notify.body.decode()


async def test_presence_in_another_form_is_refused() -> None:
    house = House()
    async with running(house.endpoint), peer() as socket:
        phone = Phone(socket, house.endpoint)
        request = phone.request(
            "SUBSCRIBE",
            headers=headers(phone, ("Event", "presence"), ("Accept", "application/xpidf+xml")),
        )
        refused = await phone.say(request)
        assert (refused.status, refused.header("accept")) == (406, "application/pidf+xml")
