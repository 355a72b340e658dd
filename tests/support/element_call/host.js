// A Matrix client that has Element Call as the call widget of a room (MSC2762 and those about calls), as other
// clients have it: the widget knows no token, everything goes through this page.
import { ClientEvent, createClient, EventType, MatrixError, RoomStateEvent, SyncState } from "matrix-js-sdk";
import { ClientWidgetApi, OpenIDRequestState, Widget, WidgetDriver } from "matrix-widget-api";

const MEMBER = "org.matrix.msc4143.rtc.member";
const WIDGET = "call";
/** What Element Call tells its host besides what the widget API knows. */
const ACTIONS = [
  "io.element.join",
  "io.element.device_mute",
  "im.vector.hangup",
  "io.element.close",
  "set_always_on_screen",
];

class Driver extends WidgetDriver {
  constructor(client, room) {
    super();
    this.client = client;
    this.room = room;
  }

  async validateCapabilities(requested) {
    return requested;
  }

  async sendEvent(type, content, stateKey = null) {
    const { client, room } = this;
    if (type === EventType.RoomRedaction) {
      const { event_id: redaction } = await client.redactEvent(room.roomId, content.redacts);
      return { roomId: room.roomId, eventId: redaction };
    }
    const { event_id: eventId } =
      stateKey === null
        ? await client.sendEvent(room.roomId, type, content)
        : await client.sendStateEvent(room.roomId, type, content, stateKey);
    return { roomId: room.roomId, eventId };
  }

  async sendStickyEvent(duration, type, content) {
    const { client, room } = this;
    const { event_id: eventId } = await client._unstable_sendStickyEvent(
      room.roomId,
      duration,
      null,
      type,
      content,
    );
    return { roomId: room.roomId, eventId };
  }

  async sendDelayedEvent(delay, type, content, stateKey = null) {
    const { client, room } = this;
    const { delay_id: delayId } =
      stateKey === null
        ? await client._unstable_sendDelayedEvent(room.roomId, { delay }, null, type, content)
        : await client._unstable_sendDelayedStateEvent(room.roomId, { delay }, type, content, stateKey);
    return { roomId: room.roomId, delayId };
  }

  async sendDelayedStickyEvent(delay, duration, type, content) {
    const { client, room } = this;
    const to = [room.roomId, duration, { delay }, null, type, content];
    const { delay_id: delayId } = await client._unstable_sendStickyDelayedEvent(...to);
    return { roomId: room.roomId, delayId };
  }

  async cancelScheduledDelayedEvent(delayId) {
    await this.client._unstable_cancelScheduledDelayedEvent(delayId);
  }

  async restartScheduledDelayedEvent(delayId) {
    await this.client._unstable_restartScheduledDelayedEvent(delayId);
  }

  async sendScheduledDelayedEvent(delayId) {
    await this.client._unstable_sendScheduledDelayedEvent(delayId);
  }

  async sendToDevice(type, encrypted, contents) {
    const messages = Object.entries(contents).flatMap(([userId, devices]) =>
      Object.entries(devices).map(([deviceId, payload]) => ({ userId, deviceId, payload })),
    );
    if (!encrypted) return this.client.queueToDevice({ eventType: type, batch: messages });
    for (const { payload, ...device } of messages) {
      const batch = await this.client.getCrypto().encryptToDeviceMessages(type, [device], payload);
      await this.client.queueToDevice(batch);
    }
  }

  async readRoomState(_roomId, type, stateKey) {
    const found = this.room.currentState.getStateEvents(type, stateKey) ?? [];
    return [found].flat().map((event) => event.getEffectiveEvent());
  }

  async readRoomTimeline() {
    return [];
  }

  async readEventRelations() {
    return { chunk: [] };
  }

  async readStickyEvents() {
    return [...this.room._unstable_getStickyEvents()].map((event) => event.getEffectiveEvent());
  }

  askOpenID(observer) {
    this.client.getOpenIdToken().then(
      (token) => observer.update({ state: OpenIDRequestState.Allowed, token }),
      () => observer.update({ state: OpenIDRequestState.Blocked }),
    );
  }

  async getRtcTransports() {
    return { rtc_transports: await this.client._unstable_getRTCTransports() };
  }

  getKnownRooms() {
    return [this.room.roomId];
  }

  processError(error) {
    return error instanceof MatrixError ? { matrix_api_error: error.asWidgetApiErrorData() } : undefined;
  }
}

/** What the client hears of the room is told to the widget, in this order. */
function feed(api, client, room) {
  client.on(ClientEvent.Event, (event) => {
    if (event.getRoomId() !== room.roomId) return;
    void client.decryptEventIfNeeded(event).then(() => api.feedEvent(event.getEffectiveEvent()));
  });
  client.on(RoomStateEvent.Events, (event) => {
    if (event.getRoomId() === room.roomId) void api.feedStateUpdate(event.getEffectiveEvent());
  });
  client.on(ClientEvent.ReceivedToDeviceMessage, ({ message, encryptionInfo }) => {
    void api.feedToDevice(message, encryptionInfo !== null);
  });
}

function syncing(client) {
  return new Promise((done) => {
    client.on(ClientEvent.Sync, (state) => state === SyncState.Prepared && done());
  });
}

/** Ends when each of these people has a device with keys. */
async function keysPublished(client, userIds) {
  for (;;) {
    const { device_keys: found } = await client.downloadKeysForUsers(userIds);
    if (userIds.every((userId) => Object.keys(found[userId] ?? {}).length > 0)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Signed in as the session says, with the state of its rooms. */
async function signedIn({
  homeserver,
  user_id: userId,
  device_id: deviceId,
  access_token: accessToken,
  encrypted,
}) {
  const client = createClient({ baseUrl: homeserver, userId, deviceId, accessToken });
  if (encrypted) await client.initRustCrypto({ useIndexedDB: false });
  const ready = syncing(client);
  await client.startClient({ initialSyncLimit: 1 });
  await ready;
  return client;
}

let client = null;

/**
 * Opens the room's call; ends when its frame is there.
 *
 * @param session { homeserver, user_id, device_id, access_token, encrypted }
 * @param more of the widget's address
 */
async function openCall(session, roomId, more) {
  const { homeserver: baseUrl, user_id: userId, device_id: deviceId } = session;
  client = await signedIn(session);
  const room = client.getRoom(roomId);
  await room.loadMembersIfNeeded();
  const members = room.getJoinedMembers().map((member) => member.userId);
  if (session.encrypted) await keysPublished(client, members);

  const place = { widgetId: WIDGET, parentUrl: location.href, roomId, userId, deviceId, baseUrl, lang: "en" };
  const parameters = new URLSearchParams({ ...place, ...more });
  const url = new URL(`/element-call/index.html#?${parameters}`, location.href).href;
  const frame = document.createElement("iframe");
  frame.allow = "microphone; camera; autoplay";
  document.body.append(frame);
  const definition = { id: WIDGET, creatorUserId: userId, type: "m.call", url, waitForIframeLoad: false };
  const api = new ClientWidgetApi(new Widget(definition), frame, new Driver(client, room));
  for (const action of ACTIONS)
    api.on(`action:${action}`, (event) => {
      event.preventDefault();
      said.push(action);
      api.transport.reply(event.detail, {});
    });
  api.setViewedRoomId(roomId);
  feed(api, client, room);
  frame.src = url;
}

/** What the widget told its host, oldest first. */
const said = [];
/** Whether Element Call said by a sticky event, not by state, that its user is in the call. */
const isSticky = () =>
  client
    .getRooms()
    .flatMap((room) => [...room._unstable_getStickyEvents()])
    .some((event) => event.getType() === MEMBER && event.getSender() === client.getUserId());
Object.assign(window, { openCall, said, isSticky });
