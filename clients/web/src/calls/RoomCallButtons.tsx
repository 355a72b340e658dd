/** Audio and video call with the other member of a direct room; nothing in other rooms. */
export function RoomCallButtons(_props: { roomId: string; userId: string }) {
  return null;
}
