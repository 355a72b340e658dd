/** Room list and timeline. */
export function ChatPage(_props: { roomId: string | null }) {
  return null;
}
