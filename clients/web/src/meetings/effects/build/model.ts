/**
 * MediaPipe publishes its model of people in npm (`@mediapipe/selfie_segmentation`) for its older interface. The
 * Tasks interface takes the same file only with metadata inside that says how a picture becomes its input: this
 * adds them, while the client is built.
 */

import { ForwardWriter, type Label, TableReader } from "./flatbuffer.ts";

/** Fields of `Model` (TensorFlow Lite, schema.fbs). */
const MODEL = {
  version: 0,
  operatorCodes: 1,
  subgraphs: 2,
  description: 3,
  buffers: 4,
  metadata: 6,
} as const;
/** The name under which readers look for the metadata (TensorFlow Lite, "Adding metadata to models"). */
const METADATA_NAME = "TFLITE_METADATA";
const METADATA_IDENTIFIER = new TextEncoder().encode("M001");
/** `ProcessUnitOptions.NormalizationOptions` (metadata_schema.fbs). */
const NORMALIZATION = 1;
/** Weights are read in place: they keep their alignment when the old file moves as a whole. */
const ALIGNMENT = 16;

/** Bytes from 0 to 255 become numbers from 0 to 1: (value - mean) / deviation. */
const NORMALISATION = { mean: [0], deviation: [255] };

/** The metadata's own FlatBuffer (metadata_schema.fbs): one picture goes in, one mask comes out. */
export function metadata(): Uint8Array {
  const file = new ForwardWriter();
  file.begin("model", METADATA_IDENTIFIER);
  file.table("model", [
    { slot: 0, to: "name" },
    { slot: 3, to: "subgraphs" },
  ]);
  file.string("name", "selfie_segmentation");
  file.vector("subgraphs", ["subgraph"]);
  file.table("subgraph", [
    { slot: 2, to: "inputs" },
    { slot: 3, to: "outputs" },
  ]);
  file.vector("inputs", ["input"]);
  file.vector("outputs", ["output"]);
  file.table("output", [{ slot: 0, to: "output name" }]);
  file.string("output name", "segmentation");
  file.table("input", [
    { slot: 0, to: "input name" },
    { slot: 4, to: "units" },
  ]);
  file.string("input name", "input");
  file.vector("units", ["unit"]);
  file.table("unit", [
    { slot: 0, u8: NORMALIZATION },
    { slot: 1, to: "options" },
  ]);
  file.table("options", [
    { slot: 0, to: "mean" },
    { slot: 1, to: "deviation" },
  ]);
  file.floats("mean", NORMALISATION.mean);
  file.floats("deviation", NORMALISATION.deviation);
  return file.finish();
}

/**
 * The model with its metadata. A new root table is put in front of the old file, which stays as it is: offsets are
 * relative, so it may move as a whole. Throws when the model has metadata already.
 */
export function withMetadata(model: Uint8Array): Uint8Array {
  const root = TableReader.root(model);
  if (root.target(MODEL.metadata) !== null) throw new Error("the model has metadata already");
  const head = headOf(model, root);
  const old = new Map<Label, number>();
  for (const [name, slot] of Object.entries(MODEL)) {
    const at = root.target(slot);
    if (name !== "version" && at !== null) old.set(name, at + head.length);
  }
  for (const [index, at] of root.targets(MODEL.buffers).entries())
    old.set(`buffer ${index}`, at + head.length);
  // The vector of buffers is the one thing that is written anew.
  old.delete("buffers");
  return Uint8Array.from([...head.finish(old), ...model]);
}

function headOf(model: Uint8Array, root: TableReader): ForwardWriter {
  const buffers = root.targets(MODEL.buffers).map((_, index) => `buffer ${index}`);
  const head = new ForwardWriter();
  head.begin("model", model.subarray(4, 8));
  head.table("model", [
    { slot: MODEL.version, u32: root.u32(MODEL.version) },
    { slot: MODEL.operatorCodes, to: "operatorCodes" },
    { slot: MODEL.subgraphs, to: "subgraphs" },
    { slot: MODEL.description, to: "description" },
    { slot: MODEL.buffers, to: "buffers" },
    { slot: MODEL.metadata, to: "metadata" },
  ]);
  head.vector("buffers", [...buffers, "metadata buffer"]);
  head.vector("metadata", ["metadata entry"]);
  head.table("metadata entry", [
    { slot: 0, to: "metadata name" },
    { slot: 1, u32: buffers.length },
  ]);
  head.string("metadata name", METADATA_NAME);
  head.table("metadata buffer", [{ slot: 0, to: "metadata bytes" }]);
  head.blob("metadata bytes", metadata(), ALIGNMENT);
  head.align(ALIGNMENT);
  return head;
}
