/** What a guest said in an encrypted meeting, as a member's client wrote it into the room. Free of the SDK. */

/** Beside the usual content, which says the same to clients that do not know this. */
const FIELD = "org.unisono.guest";
const GUEST = /^@_guest_[^:]+:[^\s]+$/;
const NAME_MOST = 200;

export interface GuestWords {
  /** The same for every copy: two members may have written it down. */
  key: string;
  id: string;
  identity: string;
  /** Of the guest. */
  userId: string;
  name: string;
  body: string;
}

interface Said {
  /** Of the message, as the guest chose it. */
  id: string;
  /** `@_guest_…:domain:DEVICE`, as the SFU knows the guest. */
  identity: string;
  name: string;
  body: string;
}

/** The content of a message that says what a guest said, and `label` who that was. */
export function guestContent({ id, identity, name, body }: Said, label: string): Record<string, unknown> {
  return {
    msgtype: "m.text",
    body: `${label}: ${body}`,
    "m.mentions": {},
    [FIELD]: { id, identity, name, label },
  };
}

/** What names a guest's message. */
export function guestKey({ identity, id }: { identity: string; id: string }): string {
  return `${identity} ${id}`;
}

/** A guest's words in a message; null for any other, and for nonsense: every member can send anything. */
export function readGuestWords(content: Record<string, unknown>): GuestWords | null {
  const { id, identity, name, label } = Object(content[FIELD]) as Record<string, unknown>;
  const { body } = content;
  if (typeof id !== "string" || typeof identity !== "string" || !GUEST.test(identity)) return null;
  if (typeof name !== "string" || name.length > NAME_MOST) return null;
  if (typeof label !== "string" || typeof body !== "string" || !body.startsWith(`${label}: `)) return null;
  const userId = identity.slice(0, identity.lastIndexOf(":"));
  return { key: guestKey({ identity, id }), id, identity, userId, name, body: body.slice(label.length + 2) };
}

/** Whether a Matrix user is somebody who came by a link. */
export function isGuestUser(userId: string): boolean {
  return userId.startsWith("@_guest_");
}
