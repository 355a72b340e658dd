import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { TrunkBody } from "../api/administration";
import { setLanguage } from "../i18n/i18n";
import { TrunkEditor } from "./TrunkEditor";

beforeAll(async () => {
  await setLanguage("en");
  // jsdom has no modal dialogs.
  HTMLDialogElement.prototype.showModal = function show() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = vi.fn<() => void>();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";

test("over TLS a line is asked whose certificate to believe, line ends and all", async () => {
  const sent: TrunkBody[] = [];
  vi.stubGlobal("fetch", (_url: string, request: RequestInit) => {
    sent.push(JSON.parse(String(request.body)) as TrunkBody);
    return Promise.resolve(Response.json({ trunk: {} }, { status: 201 }));
  });
  render(<TrunkEditor trunk={null} onSaved={vi.fn<() => void>()} onClose={vi.fn<() => void>()} />);
  const authorities = "Who may have signed the certificate";
  expect(screen.queryByLabelText(authorities)).toBeNull();
  fireEvent.change(screen.getByLabelText("Transport"), { target: { value: "tls" } });
  fireEvent.change(screen.getByLabelText(authorities), { target: { value: PEM } });
  fireEvent.change(screen.getByLabelText("Name in the certificate"), { target: { value: "isp.example" } });
  fireEvent.change(screen.getByLabelText("Name"), { target: { value: "isp" } });
  fireEvent.change(screen.getByLabelText("Server"), { target: { value: "192.0.2.1" } });
  fireEvent.submit(document.getElementById("trunk-editor") as HTMLFormElement);
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({
    transport: "tls",
    settings: { tls_name: "isp.example", tls_ca: PEM, tls_fingerprint: null },
  });
});
