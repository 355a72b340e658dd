// matrix-js-sdk signs in by the OAuth 2.0 API: node oauth.mjs CLIENT_FOLDER URL FRIEND
// It tells what it sees, a JSON line each, and reads where the browser came back to, a line each. It invites
// FRIEND to a room, renews its tokens, revokes them; then it signs in anew and waits until that is ended.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [folder, baseUrl, friend] = process.argv.slice(2);
const sdk = await import(
  pathToFileURL(createRequire(`${folder}/package.json`).resolve("matrix-js-sdk")).href
);
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => quiet };
const redirectUri = "https://chat.app.example/back";

const metadata = await sdk.createClient({ baseUrl, logger: quiet }).getAuthMetadata();
const clientId = await sdk.OAuth2.registerClient(
  metadata,
  { client_name: "js-sdk", client_uri: "https://app.example/", redirect_uris: [redirectUri] },
  quiet,
);

async function signIn(state, responseMode) {
  const auth = new sdk.OAuth2(metadata, { clientId }, quiet);
  tell({ authorize: await auth.generateAuthorizationCodeGrantUrl(state, redirectUri, responseMode) });
  const { value: back } = await lines.next();
  const answer = new URL(back);
  const given = new URLSearchParams(responseMode === "query" ? answer.search : answer.hash.slice(1));
  if (given.get("state") !== state) throw new Error(`another's answer: ${back}`);
  const tokens = await auth.completeAuthorizationCodeGrant(given.get("code"), redirectUri);
  return { auth, tokens };
}

const account = (tokens, more = {}) =>
  sdk.createClient({ baseUrl, accessToken: tokens.access_token, logger: quiet, ...more });
const refused = (asking) => asking.then(() => "taken", (error) => error.errcode ?? error.error ?? `${error}`);

const first = await signIn("one", "fragment");
const who = await account(first.tokens).whoami();
tell({ signed_in: who.user_id, device: who.device_id === first.auth.context.deviceId });
const client = account(first.tokens, { userId: who.user_id, deviceId: who.device_id });
const heard = new Promise((resolve) => {
  client.on("Room.timeline", (event) => {
    if (event.getType() === "m.room.message" && event.getSender() === friend) resolve(event.getContent().body);
  });
});
await client.startClient({ initialSyncLimit: 5 });
const { room_id: room } = await client.createRoom({ invite: [friend], is_direct: true });
await client.sendTextMessage(room, "ciao by OAuth");
tell({ heard: await heard });
client.stopClient();

const fresh = await first.auth.performRefreshTokenGrant(first.tokens.refresh_token);
tell({ renewed: (await account(fresh).whoami()).device_id === who.device_id });
await first.auth.revokeToken(fresh.access_token, "access_token");
tell({ revoked: await refused(account(fresh).whoami()) });
tell({ over: await refused(first.auth.performRefreshTokenGrant(fresh.refresh_token)) });

const second = await signIn("two", "query");
const { user_id: userId, device_id: deviceId } = await account(second.tokens).whoami();
const waiting = account(second.tokens, {
  userId,
  deviceId,
  refreshToken: second.tokens.refresh_token,
  oauthClientId: clientId,
});
waiting.on("Session.logged_out", () => {
  tell({ ended: true });
  waiting.stopClient();
  process.exit(0);
});
waiting.on("sync", (state) => state === "PREPARED" && tell({ waits: true }));
await waiting.startClient({ initialSyncLimit: 1 });
