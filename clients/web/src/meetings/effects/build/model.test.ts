import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TableReader } from "./flatbuffer.ts";
import { metadata, withMetadata } from "./model.ts";

const FOLDER = "node_modules/@mediapipe/selfie_segmentation";
const models = ["selfie_segmentation.tflite", "selfie_segmentation_landscape.tflite"].map(
  (name) => [name, new Uint8Array(readFileSync(`${FOLDER}/${name}`))] as const,
);
const words = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test("the metadata say that bytes become numbers from 0 to 1", () => {
  const file = metadata();
  expect(words(file.subarray(4, 8))).toBe("M001");
  const [subgraph] = TableReader.root(file).tables(3);
  const [input] = subgraph?.tables(2) ?? [];
  const [unit] = input?.tables(4) ?? [];
  expect(words(input?.blob(0) ?? new Uint8Array())).toBe("input");
  const at = unit?.target(1);
  const options = new TableReader(file, at ?? 0);
  const floats = (slot: number): number[] => {
    const start = (options.target(slot) ?? 0) + 4;
    return [...new Float32Array(file.slice(start, start + 4).buffer)];
  };
  expect([floats(0), floats(1)]).toEqual([[0], [255]]);
});

test.each(models)("%s keeps what it had, and has metadata", (_name, model) => {
  const before = TableReader.root(model);
  const file = withMetadata(model);
  const after = TableReader.root(file);
  const shift = file.length - model.length;
  expect(shift % 16).toBe(0);
  expect(file.subarray(shift)).toEqual(model);
  expect(words(file.subarray(4, 8))).toBe("TFL3");
  expect(after.u32(0)).toBe(before.u32(0));
  for (const slot of [1, 2]) {
    expect(after.targets(slot)).toEqual(before.targets(slot).map((at) => at + shift));
  }
  const buffers = after.tables(4);
  const old = before.tables(4);
  expect(buffers.slice(0, -1).map((buffer) => buffer.blob(0))).toEqual(old.map((buffer) => buffer.blob(0)));
  const [entry] = after.tables(6);
  expect(words(entry?.blob(0) ?? new Uint8Array())).toBe("TFLITE_METADATA");
  expect(buffers[entry?.u32(1) ?? 0]?.blob(0)).toEqual(metadata());
});

test("metadata are not added twice", () => {
  const [[, model]] = models as [(typeof models)[0]];
  expect(() => withMetadata(withMetadata(model))).toThrow("already");
});
