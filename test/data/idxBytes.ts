/** The bytes of an IDX file: magic number, sizes, then `elements` as they are. */
export function idxBytes(typeCode: number, dims: readonly number[], elements: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * dims.length + elements.length);
  bytes[2] = typeCode;
  bytes[3] = dims.length;
  const view = new DataView(bytes.buffer);
  dims.forEach((size, d) => {
    view.setUint32(4 + 4 * d, size);
  });
  bytes.set(elements, 4 + 4 * dims.length);
  return bytes;
}

/** `count` images of 28 × 28 with all kinds of pixels. */
export function sampleImages(count: number): Uint8Array {
  return idxBytes(
    8,
    [count, 28, 28],
    Uint8Array.from({ length: count * 784 }, (_, i) => (i * i) % 251),
  );
}

/** `count` labels 0, 1, … 9, 0, … */
export function sampleLabels(count: number): Uint8Array {
  return idxBytes(
    8,
    [count],
    Uint8Array.from({ length: count }, (_, i) => i % 10),
  );
}
