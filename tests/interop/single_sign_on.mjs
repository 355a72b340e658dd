// matrix-js-sdk as a client of its own: node single_sign_on.mjs CLIENT_FOLDER URL LOGIN_TOKEN FRIEND
// It invites FRIEND to a room, and tells what it sees, a JSON line each.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, baseUrl, token, friend] = process.argv.slice(2);
const sdk = await import(
  pathToFileURL(createRequire(`${folder}/package.json`).resolve("matrix-js-sdk")).href
);
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => quiet };

const login = await sdk
  .createClient({ baseUrl, logger: quiet })
  .loginRequest({ type: "m.login.token", token, initial_device_display_name: "js-sdk" });
tell({ signed_in: login.user_id });

const client = sdk.createClient({
  baseUrl,
  userId: login.user_id,
  deviceId: login.device_id,
  accessToken: login.access_token,
  logger: quiet,
});
client.on("Room.timeline", async (event) => {
  if (event.getType() !== "m.room.message" || event.getSender() === login.user_id) return;
  tell({ heard: event.getContent().body });
  tell({ presence: (await client.getPresence(friend)).presence });
  client.stopClient();
  process.exit(0);
});
await client.startClient({ initialSyncLimit: 5 });
const { room_id: room } = await client.createRoom({ invite: [friend], is_direct: true });
await client.sendTextMessage(room, "ciao from js");
