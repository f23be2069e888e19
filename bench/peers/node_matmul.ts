/**
 * What else multiplies matrices in Node, beside our matmul. Speaks what operands.ts describes:
 *
 *     node_matmul.ts onnxruntime|tfjs|numpy-ts FOLDER THREADS
 *
 * FOLDER is where setup.sh installed the packages: they are no dependencies of this project, so that their types
 * are not there either.
 */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MatmulShape } from '../../src/cli/matmulShape.ts';
import { matmulModel } from './onnx.ts';
import { fill, type Prepared, serve } from './operands.ts';

const [peer = '', folder = '', threads = '1'] = process.argv.slice(2);
const modules = join(folder, 'node_modules');
const requireInstalled = createRequire(join(folder, 'package.json'));

interface Peer {
  readonly name: string;
  prepare(shape: MatmulShape): Prepared | Promise<Prepared>;
}

const versionOf = (name: string): string => requireInstalled(join(modules, name, 'package.json')).version;

/** Sizes of the operands as they lie in memory. */
function storedShapes({ batch, m, k, n, aTransposed, bTransposed }: MatmulShape): [number[], number[]] {
  const outer = batch === 1 ? [] : [batch];
  return [
    [...outer, ...(aTransposed ? [k, m] : [m, k])],
    [...outer, ...(bTransposed ? [n, k] : [k, n])],
  ];
}

function operands(shape: MatmulShape): [Float32Array, Float32Array] {
  const { batch, m, k, n } = shape;
  return [fill(batch * m * k, 'a'), fill(batch * k * n, 'b')];
}

interface OnnxRuntime {
  Tensor: new (type: string, data: Float32Array, shape: number[]) => unknown;
  InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{ run(feeds: object, fetches: object): Promise<object> }>;
  };
}

/** A model of one node, Gemm where an operand is transposed and MatMul else, into an existing result. */
function onnxruntime(): Peer {
  const ort: OnnxRuntime = requireInstalled('onnxruntime-node');
  return {
    name: `onnxruntime-node ${versionOf('onnxruntime-node')}`,
    async prepare(shape) {
      const [left, right] = storedShapes(shape);
      const [a, b] = operands(shape);
      const { batch, m, n } = shape;
      const result = batch === 1 ? [m, n] : [batch, m, n];
      const session = await ort.InferenceSession.create(matmulModel(shape, left, right, result), {
        executionProviders: ['cpu'],
        intraOpNumThreads: Number(threads),
        interOpNumThreads: 1,
      });
      const c = new Float32Array(batch * m * n);
      const feeds = { a: new ort.Tensor('float32', a, left), b: new ort.Tensor('float32', b, right) };
      const fetches = { c: new ort.Tensor('float32', c, result) };
      return { run: () => session.run(feeds, fetches), result: () => c };
    },
  };
}

interface TfTensor {
  dispose(): void;
  dataSync(): Float32Array;
}

interface Tf {
  setBackend(name: string): Promise<boolean>;
  tensor(values: Float32Array, shape: number[]): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA: boolean, transposeB: boolean): TfTensor;
}

/** The WebAssembly backend. Node has no threads for it. */
async function tfjs(): Promise<Peer> {
  const tf: Tf = requireInstalled('@tensorflow/tfjs');
  const wasm = requireInstalled('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${join(modules, '@tensorflow/tfjs-backend-wasm/dist')}/`);
  wasm.setThreadsCount(Number(threads));
  if (!(await tf.setBackend('wasm'))) throw new Error('no WebAssembly backend');
  let held: TfTensor[] = [];
  return {
    name: `tfjs-wasm ${versionOf('@tensorflow/tfjs-backend-wasm')}`,
    prepare(shape) {
      for (const x of held) x.dispose();
      const [left, right] = storedShapes(shape);
      const [a, b] = operands(shape);
      const [x, y] = [tf.tensor(a, left), tf.tensor(b, right)];
      held = [x, y];
      let out: TfTensor | null = null;
      return {
        run() {
          out?.dispose();
          out = tf.matMul(x, y, shape.aTransposed, shape.bTransposed);
          held = [x, y, out];
        },
        result: () => (out as TfTensor).dataSync(),
      };
    },
  };
}

interface NumpyArray {
  reshape(...shape: number[]): NumpyArray;
  dispose(): void;
  readonly data: Float32Array;
}

interface Numpy {
  array(data: Float32Array, dtype: string): NumpyArray;
  swapaxes(x: NumpyArray, a: number, b: number): NumpyArray;
  matmul(a: NumpyArray, b: NumpyArray): NumpyArray;
  configureWasm(options: { maxMemory: number }): void;
}

async function numpyTs(): Promise<Peer> {
  const entry = pathToFileURL(join(modules, 'numpy-ts/dist/esm/index.js')).href;
  const np: Numpy = await import(entry);
  np.configureWasm({ maxMemory: 2 ** 31 }); // its own limit is too low for 50,000 images
  return {
    name: `numpy-ts ${versionOf('numpy-ts')}`,
    prepare(shape) {
      const [left, right] = storedShapes(shape);
      const [a, b] = operands(shape).map((values) => np.array(values, 'float32'));
      const [x, y] = [a.reshape(...left), b.reshape(...right)];
      const left2 = shape.aTransposed ? np.swapaxes(x, -1, -2) : x;
      const right2 = shape.bTransposed ? np.swapaxes(y, -1, -2) : y;
      let out: NumpyArray | null = null;
      return {
        run() {
          out?.dispose();
          out = np.matmul(left2, right2);
        },
        result: () => (out as NumpyArray).data,
      };
    },
  };
}

const peers: Record<string, () => Peer | Promise<Peer>> = { onnxruntime, tfjs, 'numpy-ts': numpyTs };
if (!Object.hasOwn(peers, peer)) throw new Error(`node_matmul: no peer '${peer}'`);
const { name, prepare } = await peers[peer]();
await serve(name, prepare);
