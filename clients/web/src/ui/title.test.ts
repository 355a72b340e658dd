import { beforeEach, describe, expect, test } from "vitest";
import { setTitle } from "./title";

beforeEach(() => setTitle({ page: null, fresh: 0, ringing: null }));

describe("the tab's title", () => {
  test("tells what is new before the page's own words", () => {
    setTitle({ page: "Sign in" });
    expect(document.title).toBe("Sign in · Unisono");
    setTitle({ fresh: 3 });
    expect(document.title).toBe("(3) Sign in · Unisono");
    setTitle({ page: null });
    expect(document.title).toBe("(3) Unisono");
  });

  test("tells who rings whatever becomes new meanwhile, and what is new afterwards", () => {
    setTitle({ fresh: 1 });
    setTitle({ ringing: "Anna Rossi · Incoming call" });
    setTitle({ fresh: 2 });
    expect(document.title).toBe("☎ Anna Rossi · Incoming call");
    setTitle({ ringing: null });
    expect(document.title).toBe("(2) Unisono");
  });
});
