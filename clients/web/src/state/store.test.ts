import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { createStore, useSelected, useStore } from "./store";

test("listeners hear of changes, and only of changes", () => {
  const store = createStore(1);
  const heard = vi.fn<() => void>();
  const end = store.subscribe(heard);
  store.set(1);
  expect(heard).not.toHaveBeenCalled();
  store.update((value) => value + 1);
  expect(heard).toHaveBeenCalledOnce();
  end();
  store.set(5);
  expect(heard).toHaveBeenCalledOnce();
  expect(store.get()).toBe(5);
});

test("a listener may end itself while it is told", () => {
  const store = createStore(0);
  const other = vi.fn<() => void>();
  const end = store.subscribe(() => end());
  store.subscribe(other);
  store.set(1);
  expect(other).toHaveBeenCalledOnce();
});

test("a component sees the value, and a selected part changes only with that part", () => {
  const store = createStore({ a: 1, b: { deep: 1 } });
  const whole = renderHook(() => useStore(store));
  let renders = 0;
  const part = renderHook(() => {
    renders += 1;
    return useSelected(store, selectB);
  });
  act(() => store.update((value) => ({ ...value, a: 2 })));
  expect(whole.result.current.a).toBe(2);
  expect(renders).toBe(1);
  act(() => store.update((value) => ({ ...value, b: { deep: 2 } })));
  expect(part.result.current.deep).toBe(2);
});

const selectB = (value: { a: number; b: { deep: number } }): { deep: number } => value.b;
