// Reads the blocks of data on the page: base64, gzip, then JSON or typed arrays.

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The bytes of a block; undefined if the page has no such block. */
export async function block(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const element = document.getElementById(`data-${name}`);
  if (!element) return undefined;
  const stream = new Blob([bytesOf(element.textContent ?? "")]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function json<T>(name: string): Promise<T | undefined> {
  const bytes = await block(name);
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as T);
}

type Numbers = Int32Array | Uint16Array | Float32Array | Float64Array;

/** The arrays that the directory describes, as views of the bytes without a copy. */
export class Arrays {
  private readonly arrays = new Map<string, Numbers>();

  constructor(bytes: Uint8Array<ArrayBuffer>, directory: [string, string, number, number][]) {
    const kinds = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u16: Uint16Array } as const;
    for (const [name, kind, start, length] of directory) {
      this.arrays.set(name, new kinds[kind as keyof typeof kinds](bytes.buffer, start, length));
    }
  }

  /** The array of this name; an empty one if there is none. */
  get<T extends Numbers = Numbers>(name: string): T {
    return (this.arrays.get(name) ?? new Int32Array(0)) as T;
  }

  sparse(name: string): SparseRows {
    return new SparseRows(this.get(`${name}_starts`), this.get(`${name}_columns`), this.get(`${name}_values`));
  }
}

/** A sparse matrix by row. */
export class SparseRows {
  constructor(
    readonly starts: ArrayLike<number>,
    readonly columns: ArrayLike<number>,
    readonly values: ArrayLike<number>,
  ) {}

  get length(): number {
    return Math.max(0, this.starts.length - 1);
  }

  /** Calls `visit` with the column and the value of each entry of a row. */
  each(row: number, visit: (column: number, value: number) => void): void {
    for (let i = this.starts[row]; i < this.starts[row + 1]; i++) visit(this.columns[i], this.values[i]);
  }

  /** A row with its zeros. */
  dense(row: number, length: number): Float64Array {
    const out = new Float64Array(length);
    this.each(row, (column, value) => (out[column] = value));
    return out;
  }
}
