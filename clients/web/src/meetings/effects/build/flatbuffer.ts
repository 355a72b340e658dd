/** As much of FlatBuffers as it takes to read a root table and to write tables that point forward. */

/** A position in the file that a name stands for, known at the latest when everything is written. */
export type Label = string;

export type Field =
  /** An offset to a table, a vector or a string. */
  { slot: number; to: Label } | { slot: number; u8: number } | { slot: number; u32: number };

/**
 * Writes a FlatBuffer from front to back ("FlatBuffers internals": offsets are unsigned, so what is pointed to
 * comes later). Tables are laid out with one 4-byte cell a field, which every reader takes.
 */
export class ForwardWriter {
  private bytes: number[] = [];
  private readonly labels = new Map<Label, number>();
  private readonly pointers: { at: number; to: Label }[] = [];

  get length(): number {
    return this.bytes.length;
  }

  /** The file begins with the offset of its root table and four letters that name the schema. */
  begin(root: Label, identifier: Uint8Array): void {
    this.pointer(root);
    this.bytes.push(...identifier);
  }

  table(label: Label, fields: readonly Field[]): void {
    const slots = Math.max(...fields.map(({ slot }) => slot)) + 1;
    this.align(4, 4 + 2 * slots);
    const vtable = this.length;
    this.u16(4 + 2 * slots);
    this.u16(4 + 4 * fields.length);
    for (let slot = 0; slot < slots; slot++) {
      const cell = fields.findIndex((field) => field.slot === slot);
      this.u16(cell < 0 ? 0 : 4 + 4 * cell);
    }
    this.mark(label);
    this.u32(this.length - vtable);
    for (const field of fields) this.cell(field);
  }

  /** A vector of offsets. */
  vector(label: Label, to: readonly Label[]): void {
    this.align(4);
    this.mark(label);
    this.u32(to.length);
    for (const each of to) this.pointer(each);
  }

  floats(label: Label, values: readonly number[]): void {
    this.align(4);
    this.mark(label);
    this.u32(values.length);
    this.bytes.push(...new Uint8Array(Float32Array.from(values).buffer));
  }

  string(label: Label, text: string): void {
    this.blob(label, new TextEncoder().encode(text));
    this.bytes.push(0);
  }

  /** A vector of bytes, the first of which lies on a multiple of `alignment`. */
  blob(label: Label, content: Uint8Array, alignment = 4): void {
    this.align(alignment, 4);
    this.mark(label);
    this.u32(content.length);
    this.bytes.push(...content);
  }

  /** Puts zeros until `ahead` bytes from here is a multiple of `to`. */
  align(to: number, ahead = 0): void {
    while ((this.length + ahead) % to !== 0) this.bytes.push(0);
  }

  /** The bytes; `elsewhere` gives labels that lie outside, by position from the first byte. */
  finish(elsewhere: ReadonlyMap<Label, number> = new Map()): Uint8Array {
    const out = Uint8Array.from(this.bytes);
    const view = new DataView(out.buffer);
    for (const { at, to } of this.pointers) {
      const target = this.labels.get(to) ?? elsewhere.get(to);
      if (target === undefined || target <= at) throw new Error(`nothing behind ${at} is called ${to}`);
      view.setUint32(at, target - at, true);
    }
    return out;
  }

  private cell(field: Field): void {
    if ("to" in field) this.pointer(field.to);
    else this.u32("u8" in field ? field.u8 : field.u32);
  }

  private pointer(to: Label): void {
    this.pointers.push({ at: this.length, to });
    this.u32(0);
  }

  private mark(label: Label): void {
    this.labels.set(label, this.length);
  }

  private u16(value: number): void {
    this.bytes.push(value & 0xff, value >> 8);
  }

  private u32(value: number): void {
    this.u16(value & 0xffff);
    this.u16(value >>> 16);
  }
}

/** A table of a file, field by field. */
export class TableReader {
  private readonly view: DataView;

  constructor(
    private readonly file: Uint8Array,
    private readonly at: number,
  ) {
    this.view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }

  static root(file: Uint8Array): TableReader {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    return new TableReader(file, view.getUint32(0, true));
  }

  u32(slot: number): number {
    const at = this.field(slot);
    return at === null ? 0 : this.view.getUint32(at, true);
  }

  /** Where the thing lies that the field points to; null when the field is absent. */
  target(slot: number): number | null {
    const at = this.field(slot);
    return at === null ? null : this.follow(at);
  }

  /** Where the tables lie that a vector of offsets points to. */
  targets(slot: number): number[] {
    const vector = this.target(slot);
    if (vector === null) return [];
    return Array.from({ length: this.view.getUint32(vector, true) }, (_, index) =>
      this.follow(vector + 4 + 4 * index),
    );
  }

  tables(slot: number): TableReader[] {
    return this.targets(slot).map((at) => new TableReader(this.file, at));
  }

  /** The content of a vector of bytes, or of a string. */
  blob(slot: number): Uint8Array {
    const at = this.target(slot);
    if (at === null) return new Uint8Array();
    return this.file.subarray(at + 4, at + 4 + this.view.getUint32(at, true));
  }

  private follow(at: number): number {
    return at + this.view.getUint32(at, true);
  }

  private field(slot: number): number | null {
    const vtable = this.at - this.view.getInt32(this.at, true);
    const cell = 4 + 2 * slot;
    if (cell >= this.view.getUint16(vtable, true)) return null;
    const offset = this.view.getUint16(vtable + cell, true);
    return offset === 0 ? null : this.at + offset;
  }
}
