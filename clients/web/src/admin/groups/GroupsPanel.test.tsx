import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { GroupBody, RingGroup } from "../../api/groups";
import type { Person } from "../../api/types";
import { setLanguage } from "../../i18n/i18n";
import { people } from "../../people/people";
import { GroupsPanel } from "./GroupsPanel";

beforeAll(async () => {
  await setLanguage("en");
  // jsdom has no modal dialogs.
  HTMLDialogElement.prototype.showModal = function show() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = vi.fn<() => void>();
});

const person = (name: string, extension: string): Person => ({
  user_id: `@${name.toLowerCase()}:x`,
  name,
  email: "",
  extensions: [extension],
  numbers: [],
  role: "member",
  on_the_phone: false,
  desk_phone: false,
  state: "offline",
});

const SALES: RingGroup = {
  id: "1",
  name: "Sales",
  extension: "300",
  numbers: [{ number: "+390612345300", display: "06 12345300" }],
  strategy: "in_order",
  seconds: 15,
  skip_busy: true,
  members: [{ user_id: "@anna:x", name: "Anna", extension: "201", here: false }],
  otherwise: { kind: "voicemail", user_id: "@bruno:x" },
  otherwise_name: "Bruno",
  waiting: null,
  supervisors: [],
};

let sent: { method: string; body: GroupBody }[] = [];
let answer: () => Response = () => Response.json({ group: SALES }, { status: 201 });

beforeEach(() => {
  const list = [person("Anna", "201"), person("Bruno", "202")];
  people.set({ status: "ready", list, byId: new Map(list.map((one) => [one.user_id, one])), error: null });
  sent = [];
  vi.stubGlobal("fetch", (_url: string, request: RequestInit) => {
    const method = request.method ?? "GET";
    if (method === "GET") return Promise.resolve(Response.json({ groups: [SALES] }));
    sent.push({ method, body: JSON.parse(String(request.body)) as GroupBody });
    return Promise.resolve(answer());
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function type(label: string, value: string): void {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
}

function save(): void {
  fireEvent.submit(document.getElementById("group-editor") as HTMLFormElement);
}

test("each group says how it is reached, how it rings and where its calls go then", async () => {
  render(<GroupsPanel />);
  const group = (await screen.findByText("Sales")).closest("li");
  expect(group?.textContent).toContain("300 · 06 12345300");
  expect(group?.textContent).toContain("One after the other, in this order: Anna");
  expect(group?.textContent).toContain("Then to the voicemail of Bruno");
  expect(group?.textContent).toContain("Nobody is there");
});

test("a group is made of colleagues who are searched, and put in order by buttons", async () => {
  render(<GroupsPanel />);
  await screen.findByText("Sales");
  fireEvent.click(screen.getByText("Add a group"));
  type("Name", "Support");
  type("Extension", "301");
  for (const name of ["anna", "bruno"]) {
    type("Search colleagues to add", name);
    fireEvent.click(screen.getByRole("button", { name: /^Add: /u, hidden: true }));
  }
  fireEvent.click(screen.getByLabelText("Move Bruno up"));
  type("When nobody answers, or nobody is free", "group");
  save();
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toEqual({
    method: "POST",
    body: {
      name: "Support",
      extension: "301",
      numbers: [],
      strategy: "all",
      seconds: 20,
      skip_busy: true,
      members: [
        { user_id: "@bruno:x", here: true },
        { user_id: "@anna:x", here: true },
      ],
      otherwise: { kind: "group", group_id: "1" },
      waiting: null,
    },
  });
});

test("what is refused is said in words, and what was typed stays", async () => {
  answer = () =>
    Response.json({ error: { code: "extension_taken", message: "", field: "extension" } }, { status: 409 });
  render(<GroupsPanel />);
  fireEvent.click(await screen.findByLabelText("Edit Sales"));
  type("Extension", "201");
  save();
  expect(await screen.findByText("Somebody has this extension already.")).toBeTruthy();
  expect((screen.getByLabelText("Extension") as HTMLInputElement).value).toBe("201");
  type("Seconds that each turn rings", "2");
  save();
  expect(await screen.findByText("A turn rings for 5 to 120 seconds.")).toBeTruthy();
  expect(sent).toHaveLength(1);
});
