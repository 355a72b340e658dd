import type { MatrixClient } from "matrix-js-sdk";
import { describe, expect, test, vi } from "vitest";
import { openFile, readFileKeys } from "../attachments";
import { sendFile } from "./actions";

function clientIn(encrypted: boolean) {
  const uploaded = vi.fn<(data: Blob, options: object) => Promise<{ content_uri: string }>>();
  const said = vi.fn<(roomId: string, content: Record<string, unknown>) => Promise<void>>();
  uploaded.mockResolvedValue({ content_uri: "mxc://l/a" });
  said.mockResolvedValue();
  const client = {
    getRoom: () => ({ hasEncryptionStateEvent: () => encrypted }),
    uploadContent: uploaded,
    sendMessage: said,
  } as unknown as MatrixClient;
  return { client, uploaded, said };
}

const FILE = new File(["a picture"], "holiday.png", { type: "image/png" });
const SIZE = { width: 2, height: 1 };

const send = (client: MatrixClient) =>
  sendFile(client, "!r:l", FILE, SIZE, () => undefined, new AbortController());

describe("case 20: a picture", () => {
  test("of an encrypted room is sealed before it leaves, its name and type with it", async () => {
    const { client, uploaded, said } = clientIn(true);
    await send(client);
    const [data, options] = uploaded.mock.calls[0] ?? [];
    expect(await data?.text()).not.toContain("picture");
    expect(options).toMatchObject({ includeFilename: false, type: "application/octet-stream" });
    const content = said.mock.calls[0]?.[1];
    expect(content).not.toHaveProperty("url");
    expect(content).toMatchObject({ msgtype: "m.image", file: { url: "mxc://l/a", v: "v2" } });
    const keys = readFileKeys(content?.["file"]);
    const opened = keys && data && (await openFile(await data.arrayBuffer(), keys));
    expect(opened && new TextDecoder().decode(opened)).toBe("a picture");
  });

  test("of another room is sent as it is", async () => {
    const { client, uploaded, said } = clientIn(false);
    await send(client);
    expect(uploaded.mock.calls[0]?.[0]).toBe(FILE);
    expect(said.mock.calls[0]?.[1]).toMatchObject({ url: "mxc://l/a", body: "holiday.png" });
  });
});
