import { renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";
import type { Entry } from "../../matrix/timeline";
import { type OpenRoom, RoomContext } from "../room/context";
import { useMarkRead } from "./useMarkRead";

const said = [{ kind: "message", id: "$1" }] as unknown as Entry[];

test.each([
  ["at its end, whether older messages are still loading or not", said, true, 1],
  ["further up", said, false, 0],
  ["of which nothing is there yet", [], true, 0],
])("a room that is looked at %s is marked as read so often: %#", (_, entries, atEnd, times) => {
  vi.spyOn(document, "hasFocus").mockReturnValue(true);
  const markRead = vi.fn<() => Promise<void>>().mockResolvedValue();
  const open = { actions: { markRead } } as unknown as OpenRoom;
  const wrapper = ({ children }: { children: ReactNode }) => (
    <RoomContext value={open}>{children}</RoomContext>
  );
  renderHook(() => useMarkRead({ entries }, atEnd), { wrapper });
  expect(markRead).toHaveBeenCalledTimes(times);
});
