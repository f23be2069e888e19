/** The smallest ONNX models: one product of matrices. Written as protocol buffers, which are simple enough. */

import type { MatmulShape } from '../../src/cli/matmulShape.ts';

/** A field of a message: its number, and a number, a text, or a message in it. */
type Field = readonly [number, number | string | Uint8Array];

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  bytes.push(value);
  return bytes;
}

function message(...fields: readonly Field[]): Uint8Array {
  const parts = fields.map(([number, value]) => {
    if (typeof value === 'number') return Uint8Array.from([...varint(number * 8), ...varint(value)]);
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    return Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length), ...bytes]);
  });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const float = 1;
const int = 2;

function valueInfo(name: string, shape: readonly number[]): Uint8Array {
  const dims = shape.map((size): Field => [1, message([1, size])]);
  const tensorType = message([1, float], [2, message(...dims)]);
  return message([1, name], [2, message([1, tensorType])]);
}

/**
 * A model with inputs a and b, which lie as `left` and `right` say, and their product c. Gemm takes transposed
 * operands and only two dimensions; MatMul takes batches.
 */
export function matmulModel(
  { aTransposed, bTransposed }: MatmulShape,
  left: readonly number[],
  right: readonly number[],
  result: readonly number[],
): Uint8Array {
  const flag = (name: string, value: boolean): Field => [
    5,
    message([1, name], [3, value ? 1 : 0], [20, int]),
  ];
  const transposed = aTransposed || bTransposed;
  const node = message(
    [1, 'a'],
    [1, 'b'],
    [2, 'c'],
    [4, transposed ? 'Gemm' : 'MatMul'],
    ...(transposed ? [flag('transA', aTransposed), flag('transB', bTransposed)] : []),
  );
  const graph = message(
    [1, node],
    [2, 'product'],
    [11, valueInfo('a', left)],
    [11, valueInfo('b', right)],
    [12, valueInfo('c', result)],
  );
  const operatorSet = message([1, ''], [2, 13]);
  return message([1, 8], [7, graph], [8, operatorSet]);
}
