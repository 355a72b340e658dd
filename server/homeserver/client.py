"""A client of the homeserver for the features: sessions, direct rooms, ghosts, presence.

It speaks as the application service `unisono-sessions` for people and `unisono-telephone` for ghosts of
telephone numbers (Matrix spec, "Application Service API", "Identity assertion").
"""

import asyncio
import weakref
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

import aiohttp
from yarl import URL

from server.homeserver.errors import HomeserverUnreachable, MatrixRefusal
from server.homeserver.rooms import MatrixRooms

#: Localparts of ghosts of outside telephone numbers start with this.
GHOST_PREFIX = "_tel_"
#: Who looks at everybody's presence for us.
PRESENCE_WATCHER = "_unisono_presence"
#: How long one look waits for a change.
_PRESENCE_WAIT_MS = 15_000
_PRESENCE_ALONE = '{"room":{"rooms":[]},"account_data":{"types":[]},"presence":{"types":["m.presence"]}}'
_V3 = "/_matrix/client/v3"
_SIGNING_KEYS = f"{_V3}/keys/device_signing/upload"
#: The push rule by which calls ring, and ours, which is there while the house has switched that off.
_CALLS_RING = f"{_V3}/pushrules/global/underride/.m.rule.call/enabled"
_SILENT = f"{_V3}/pushrules/global/override/org.unisono.silent"
_NO_CALL: dict[str, Any] = {
    "conditions": [{"kind": "event_match", "key": "type", "pattern": "m.call.invite"}],
    "actions": [],
}
#: A homeserver that takes longer than this is as good as away. Seconds.
_TIMEOUT = 20.0

PresenceState = Literal["online", "unavailable", "offline", "busy"]
_TO_WIRE = {"busy": "org.matrix.msc3026.busy"}
_FROM_WIRE = {"org.matrix.msc3026.busy": "busy"}


@dataclass(frozen=True)
class MatrixSession:
    """What a client needs to speak to the homeserver as one device of a person."""

    user_id: str
    device_id: str
    access_token: str


@dataclass(frozen=True)
class RefreshableTokens:
    """An access token that ends, in milliseconds (None: it does not), and what renews it once."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_ms: int | None


@dataclass(frozen=True)
class Presence:
    state: PresenceState
    status: str | None
    #: Whether a client spoke to the homeserver just now.
    active: bool


class HomeserverClient:
    """Constructed without I/O; `start` within the loop, `close` at the end.

    Every method raises `HomeserverUnreachable` or `MatrixRefusal`.
    """

    def __init__(self, url: str, domain: str, sessions_token: str, telephone_token: str) -> None:
        self._url = url
        self._domain = domain
        self._sessions_token = sessions_token
        self._telephone_token = telephone_token
        self._http: aiohttp.ClientSession | None = None
        #: Direct rooms that are being found or made, by their two users in order.
        self._pairs: dict[tuple[str, str], asyncio.Task[str]] = {}
        self._account_data: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._known: set[str] = set()
        self.rooms_of_meetings = MatrixRooms(self._call)

    async def start(self) -> None:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=100),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT, sock_connect=5),
        )

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def user_id(self, localpart: str) -> str:
        return f"@{localpart}:{self._domain}"

    def ghost_id(self, number: str | None) -> str:
        """The ghost of an E.164 number; of everybody who hides theirs when None."""
        return self.user_id(GHOST_PREFIX + (number or "anonymous"))

    # People and their devices

    async def ensure_user(self, localpart: str, display_name: str) -> str:
        """Register the person when missing, name them, and return their Matrix user id."""
        return await self._ensure(self.user_id(localpart), display_name, self._sessions_token)

    async def ensure_ghost(self, number: str | None, display_name: str) -> str:
        """The same for the ghost of an outside number (E.164), None for an anonymous caller."""
        return await self._ensure(self.ghost_id(number), display_name, self._telephone_token)

    async def ensure_visitor(self, user_id: str, display_name: str) -> str:
        """The same for a guest (`@_guest_…`) or a telephone (`@_tel_…`) in a meeting, by its whole id."""
        ghost = user_id.startswith("@" + GHOST_PREFIX)
        token = self._telephone_token if ghost else self._sessions_token
        return await self._ensure(user_id, display_name, token)

    async def login(self, user: str, device_id: str, display_name: str) -> MatrixSession:
        """A token for `device_id` of `user` (id or localpart); what the device held before ends at once.

        The old token would outlive a second login, so the device is deleted first.
        """
        await self.delete_device(user if user.startswith("@") else self.user_id(user), device_id)
        answer = await self._call("POST", f"{_V3}/login", _login(user, device_id, display_name))
        return MatrixSession(answer["user_id"], answer["device_id"], answer["access_token"])

    async def login_refreshable(self, user: str, device_id: str, display_name: str) -> RefreshableTokens:
        """Tokens for `device_id` of `user` (spec, "Refreshing access tokens"); a device that is there keeps
        its keys, and what it held before ends by itself."""
        body = {**_login(user, device_id, display_name), "refresh_token": True}
        return _refreshable(await self._call("POST", f"{_V3}/login", body))

    async def refresh(self, refresh_token: str) -> RefreshableTokens:
        """Raises `MatrixRefusal` 401 for an unknown token, 403 when what came of it was used already."""
        return _refreshable(
            await self._send("POST", f"{_V3}/refresh", {}, json={"refresh_token": refresh_token})
        )

    async def whose(self, access_token: str) -> tuple[str, str] | None:
        """User and device id of an access token that is good and belongs to a device."""
        headers = {"Authorization": f"Bearer {access_token}"}
        try:
            answer = await self._send("GET", f"{_V3}/account/whoami", headers)
        except MatrixRefusal as refusal:
            if refusal.status not in {401, 403}:
                raise
            return None
        device_id = answer.get("device_id")
        return (str(answer["user_id"]), str(device_id)) if device_id else None

    async def upload_signing_keys(self, access_token: str, keys: dict[str, Any]) -> None:
        """As the person's device (spec, "Cross-signing"). Raises `MatrixRefusal` 401 `M_UNKNOWN` where
        others would be replaced, which nobody but `replace_signing_keys` does."""
        headers = {"Authorization": f"Bearer {access_token}"}
        await self._send("POST", _SIGNING_KEYS, headers, json=keys)

    async def replace_signing_keys(self, user_id: str, keys: dict[str, Any]) -> None:
        """In place of those that the person had; of an application service no more is asked (MSC4190)."""
        await self._call("POST", _SIGNING_KEYS, keys, as_user=user_id)

    async def delete_device(self, user_id: str, device_id: str) -> None:
        """End the device's token, its long polls too; fine when there is none."""
        try:
            await self._call("DELETE", f"{_V3}/devices/{quote(device_id, safe='')}", {}, as_user=user_id)
        except MatrixRefusal as refusal:
            # An unknown user has no devices to delete; login will say what is wrong with them.
            if refusal.status not in {403, 404}:
                raise

    async def devices(self, user_id: str) -> list[str]:
        """The ids of all devices of the person, whatever client opened them."""
        answer = await self._call("GET", f"{_V3}/devices", as_user=user_id)
        return [device["device_id"] for device in answer["devices"]]

    async def is_woken_by_push(self, user_id: str) -> bool:
        """Whether some client of the person that sleeps would be told of a call ("Push Notifications").

        A pusher by mail does not ring.
        """
        answer = await self._call("GET", f"{_V3}/pushers", as_user=user_id)
        return any(pusher.get("kind") == "http" for pusher in answer["pushers"])

    async def let_ring(self, user_id: str, *, on: bool) -> None:
        """Whether calls ring at the person's clients, and wake those that sleep, as far as these keep the
        rule for calls ("Push Rules", `.m.rule.call`). What they have switched off themselves stays off: a
        rule of ours beside it, for the same events, says who did."""
        ours = await self._optional("GET", _SILENT, as_user=user_id) is not None
        if on and not ours:
            return
        if not ours:
            if not (await self._call("GET", _CALLS_RING, as_user=user_id))["enabled"]:
                return
            await self._call("PUT", _SILENT, _NO_CALL, as_user=user_id)
        await self._call("PUT", _CALLS_RING, {"enabled": on}, as_user=user_id)
        if on:
            await self._call("DELETE", _SILENT, as_user=user_id)

    async def ping(self, service: str, token: str) -> None:
        """Have the homeserver ask an application service of ours whether it lives: it then sends at once what
        it has kept for it ("Pinging")."""
        path = f"/_matrix/client/v1/appservice/{quote(service, safe='')}/ping"
        await self._send("POST", path, {"Authorization": f"Bearer {token}"}, json={})

    async def end_sso_session(self, logout_token: str) -> None:
        """Tell of a session of our OpenID provider that is over (Back-Channel Logout, Section 2.5)."""
        body = aiohttp.FormData({"logout_token": logout_token})
        await self._send("POST", "/_synapse/client/oidc/backchannel_logout", {}, data=body)

    async def set_avatar(self, user_id: str, content: bytes | None, content_type: str) -> None:
        """Show the picture beside the person's name; None shows none."""
        uri = ""
        if content is not None:
            uri = await self.upload(user_id, content, content_type)
        path = f"{_V3}/profile/{quote(user_id, safe='')}/avatar_url"
        await self._call("PUT", path, {"avatar_url": uri}, as_user=user_id)

    async def upload(self, as_user: str, content: bytes, content_type: str) -> str:
        """Keep a file that `as_user` brings; its `mxc:` address."""
        path = f"/_matrix/media/v3/upload?user_id={quote(as_user, safe='')}"
        ghost = as_user.startswith("@" + GHOST_PREFIX)
        token = self._telephone_token if ghost else self._sessions_token
        headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
        return str((await self._send("POST", path, headers, data=content))["content_uri"])

    async def send(self, room_id: str, as_user: str, content: dict[str, Any], transaction: str) -> None:
        """Say something in a room, once for each `transaction`."""
        path = f"{_V3}/rooms/{quote(room_id, safe='')}/send/m.room.message/{quote(transaction, safe='')}"
        await self._call("PUT", path, content, as_user=as_user)

    async def openid_user(self, token: str) -> str | None:
        """Whose Matrix OpenID token this is; None when it is not good (spec, "OpenID")."""
        path = f"/_matrix/federation/v1/openid/userinfo?access_token={quote(token, safe='')}"
        try:
            return str((await self._send("GET", path, {}))["sub"])
        except MatrixRefusal:
            return None

    async def is_member(self, room_id: str, user_id: str) -> bool:
        """Whether the person has joined the room."""
        return user_id in await self._members(room_id, user_id)

    # Presence

    async def presence(self, user_id: str) -> Presence:
        path = f"{_V3}/presence/{quote(user_id, safe='')}/status"
        return _presence(await self._call("GET", path, as_user=user_id))

    async def set_presence(
        self, user_id: str, state: PresenceState, status: str | None = None, device_id: str | None = None
    ) -> None:
        """Speak for the person, or for one device of theirs, which must exist.

        "busy" outlives what their devices say (MSC3026).
        """
        body: dict[str, Any] = {"presence": _TO_WIRE.get(state, state)}
        if status is not None:
            body["status_msg"] = status
        device = f"?device_id={quote(device_id, safe='')}" if device_id else ""
        path = f"{_V3}/presence/{quote(user_id, safe='')}/status{device}"
        await self._call("PUT", path, body, as_user=user_id)

    async def presence_changes(self, since: str | None) -> tuple[str, dict[str, Presence]]:
        """Whose presence changed since then, and where to go on; where that is None, everybody who is not
        offline. Waits for some seconds when nothing has."""
        watcher = self.user_id(PRESENCE_WATCHER)
        if watcher not in self._known:
            await self._register(watcher, self._sessions_token)
            self._known.add(watcher)
        path = f"{_V3}/sync?set_presence=offline&filter={quote(_PRESENCE_ALONE, safe='')}"
        if since is not None:
            path += f"&timeout={_PRESENCE_WAIT_MS}&since={quote(since, safe='')}"
        answer = await self._call("GET", path, as_user=watcher)
        found = {
            event["sender"]: _presence(event["content"])
            for event in answer.get("presence", {}).get("events", ())
            if event.get("type") == "m.presence"
        }
        return answer["next_batch"], found

    # Direct rooms

    async def direct_room(self, first: str, second: str) -> str:
        """The unencrypted direct room of two user ids (people or ghosts, both registered), made when missing.

        Two calls for the same pair give the same room. Whoever asks may stop to wait: the room is made to its
        end, since of one that was cut off nobody would know, and the next would make another.
        """
        pair = (min(first, second), max(first, second))
        making = self._pairs.get(pair)
        if making is None:
            making = self._pairs[pair] = asyncio.create_task(self._direct_room(first, second))
            making.add_done_callback(lambda _: self._pairs.pop(pair))
        return await asyncio.shield(making)

    async def _direct_room(self, first: str, second: str) -> str:
        room = await self._find_direct_room(first, second)
        if room is None:
            room = await self._create_direct_room(first, second)
        await self._remember(first, second, room)
        await self._remember(second, first, room)
        return room

    async def known_direct_room(self, me: str, other: str) -> str | None:
        """The room that `me` calls direct with `other`; None when there is none. Makes nothing."""
        rooms = (await self._direct_rooms(me)).get(other, [])
        return rooms[0] if rooms else None

    async def _find_direct_room(self, first: str, second: str) -> str | None:
        """Rooms either side calls direct come first, then any room of exactly these two."""
        for me, other in ((first, second), (second, first)):
            for room in (await self._direct_rooms(me)).get(other, []):
                if await self._both_inside(room, first, second):
                    return room
        mine, theirs = await asyncio.gather(self._joined_rooms(first), self._joined_rooms(second))
        for room in sorted(mine & theirs):
            if await self._is_private_pair(room, first, second):
                return room
        return None

    async def _both_inside(self, room: str, first: str, second: str) -> bool:
        """Whether the unencrypted room is these two's alone; a side that was only invited is let in."""
        pair = {first, second}
        for user in (first, second):
            members = await self._members(room, user)
            if user not in members:
                continue
            if members - pair or await self._encrypted(room, user):
                return False
            return all([await self._join(room, missing) for missing in pair - members])
        return False

    async def _is_private_pair(self, room: str, first: str, second: str) -> bool:
        """A room of two that was made as a direct one, though no side has it in its list (any more)."""
        if await self._members(room, first) != {first, second} or await self._encrypted(room, first):
            return False
        path = f"{_V3}/rooms/{quote(room, safe='')}/state/m.room.member"
        for member in (first, second):
            event = await self._optional(
                "GET", f"{path}/{quote(member, safe='')}?format=event", as_user=first
            )
            unsigned = (event or {}).get("unsigned", {})
            if unsigned.get("prev_content", {}).get("is_direct"):
                return True
        return False

    async def _create_direct_room(self, first: str, second: str) -> str:
        body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [second]}
        answer = await self._call("POST", f"{_V3}/createRoom", body, as_user=first)
        room: str = answer["room_id"]
        await self._call("POST", f"{_V3}/rooms/{quote(room, safe='')}/join", {}, as_user=second)
        return room

    async def _join(self, room: str, user_id: str) -> bool:
        try:
            await self._call("POST", f"{_V3}/rooms/{quote(room, safe='')}/join", {}, as_user=user_id)
        except MatrixRefusal:
            return False
        return True

    async def _members(self, room: str, as_user: str) -> set[str]:
        """Who is joined; nobody when `as_user` may not know."""
        path = f"{_V3}/rooms/{quote(room, safe='')}/joined_members"
        try:
            return set((await self._call("GET", path, as_user=as_user))["joined"])
        except MatrixRefusal:
            return set()

    async def _joined_rooms(self, user_id: str) -> set[str]:
        return set((await self._call("GET", f"{_V3}/joined_rooms", as_user=user_id))["joined_rooms"])

    async def _encrypted(self, room: str, as_user: str) -> bool:
        path = f"{_V3}/rooms/{quote(room, safe='')}/state/m.room.encryption/"
        return await self._optional("GET", path, as_user=as_user) is not None

    async def _direct_rooms(self, user_id: str) -> dict[str, list[str]]:
        content = await self._optional("GET", _direct_path(user_id), as_user=user_id)
        return {name: rooms for name, rooms in (content or {}).items() if isinstance(rooms, list)}

    async def _remember(self, user_id: str, other: str, room: str) -> None:
        """Put the room first in `user_id`'s `m.direct` entry for `other`."""
        lock = self._account_data.setdefault(user_id, asyncio.Lock())
        async with lock:
            content = await self._direct_rooms(user_id)
            rooms = content.get(other, [])
            if rooms[:1] == [room]:
                return
            content[other] = [room, *(known for known in rooms if known != room)]
            await self._call("PUT", _direct_path(user_id), content, as_user=user_id)

    # The wire

    async def _ensure(self, user_id: str, display_name: str, token: str) -> str:
        if user_id not in self._known:
            await self._register(user_id, token)
            self._known.add(user_id)
        path = f"{_V3}/profile/{quote(user_id, safe='')}/displayname"
        profile = await self._optional("GET", path, as_user=user_id, token=token)
        if (profile or {}).get("displayname") != display_name:
            await self._call("PUT", path, {"displayname": display_name}, as_user=user_id, token=token)
        return user_id

    async def _register(self, user_id: str, token: str) -> None:
        body = {
            "type": "m.login.application_service",
            "username": user_id[1:].partition(":")[0],
            "inhibit_login": True,
        }
        try:
            await self._call("POST", f"{_V3}/register", body, token=token)
        except MatrixRefusal as refusal:
            if refusal.errcode != "M_USER_IN_USE":
                raise

    async def _optional(
        self, method: str, path: str, *, as_user: str, token: str | None = None
    ) -> dict[str, Any] | None:
        """What `_call` gives, or None where there is nothing."""
        try:
            return await self._call(method, path, as_user=as_user, token=token)
        except MatrixRefusal as refusal:
            if refusal.status != 404:
                raise
            return None

    async def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        as_user: str | None = None,
        token: str | None = None,
    ) -> dict[str, Any]:
        if as_user is not None:
            path += ("&" if "?" in path else "?") + "user_id=" + quote(as_user, safe="")
        if token is None:
            ghost = as_user is not None and as_user.startswith("@" + GHOST_PREFIX)
            token = self._telephone_token if ghost else self._sessions_token
        return await self._send(method, path, {"Authorization": f"Bearer {token}"}, json=body)

    async def _send(self, method: str, path: str, headers: dict[str, str], **body: Any) -> dict[str, Any]:
        if self._http is None:
            raise RuntimeError("the client was not started")
        try:
            async with self._http.request(
                method, URL(self._url + path, encoded=True), headers=headers, **body
            ) as response:
                answer = await _json(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise HomeserverUnreachable(
                f"{method} {path.partition('?')[0]}: {type(error).__name__}"
            ) from error
        if response.status >= 400:
            errcode = str(answer.get("errcode", "M_UNKNOWN"))
            raise MatrixRefusal(response.status, errcode, str(answer.get("error", "")))
        return answer


def _presence(content: dict[str, Any]) -> Presence:
    state = _FROM_WIRE.get(content["presence"], content["presence"])
    return Presence(state, content.get("status_msg"), bool(content.get("currently_active")))


def _login(user: str, device_id: str, display_name: str) -> dict[str, Any]:
    return {
        "type": "m.login.application_service",
        "identifier": {"type": "m.id.user", "user": user},
        "device_id": device_id,
        "initial_device_display_name": display_name,
    }


def _refreshable(answer: dict[str, Any]) -> RefreshableTokens:
    return RefreshableTokens(answer["access_token"], answer["refresh_token"], answer.get("expires_in_ms"))


def _direct_path(user_id: str) -> str:
    return f"{_V3}/user/{quote(user_id, safe='')}/account_data/m.direct"


async def _json(response: aiohttp.ClientResponse) -> dict[str, Any]:
    try:
        answer = await response.json(content_type=None)
    except ValueError:
        return {}
    if isinstance(answer, list):
        return {"list": answer}
    return answer if isinstance(answer, dict) else {}
