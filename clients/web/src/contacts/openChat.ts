import { api } from "../api/client";
import { errorWords } from "../api/errors";
import { navigate, paths } from "../routes/routes";
import { toast } from "../ui/toasts";

/** Goes to the direct room with a person, which is made when there is none. */
export async function openChat(userId: string): Promise<void> {
  try {
    const { room_id: roomId } = await api.directRoom(userId);
    navigate(paths.room(roomId));
  } catch (error) {
    toast("error", errorWords(error));
  }
}
