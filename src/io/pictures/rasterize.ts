import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { resolve } from '../optional.cjs';
import { findFonts } from './fonts.ts';

/** Pixels for each of SVG's: small labels stay sharp. */
const ZOOM = 2;

/** Some hundred times as long as it takes. */
const PATIENCE_MS = 60_000;

/**
 * The bytes of a PNG file of an SVG picture, with text in the machine's own fonts.
 *
 * The renderer is resvg, compiled to WebAssembly (package `@resvg/resvg-wasm`): no browser, no compiler. It starts
 * asynchronously while pictures are saved synchronously, so that it works in a thread of its own, and this one waits.
 *
 * @throws Error where the package or a font is missing, naming what to install
 */
export function rasterize(svg: string): Uint8Array {
  const [library, wasm] = locateLibrary();
  const fonts = findFonts();
  if (fonts.length === 0) {
    throw new Error(
      'png: this machine has no TrueType font to write the labels with; install one (Debian: fonts-dejavu-core)',
    );
  }
  const { port1: here, port2: there } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(resolve('./pictures/resvgWorker.cjs'), {
    workerData: { library, wasm, fonts, svg, zoom: ZOOM, port: there, signal },
    transferList: [there],
    execArgv: [],
  });
  try {
    Atomics.wait(signal, 0, 0, PATIENCE_MS);
    const answer = receiveMessageOnPort(here)?.message as { png?: Uint8Array; error?: string } | undefined;
    if (answer?.png !== undefined) return answer.png;
    throw new Error(`png: resvg ${answer === undefined ? 'gave no answer' : `failed: ${answer.error}`}`);
  } finally {
    here.close();
    void worker.terminate();
  }
}

function locateLibrary(): [library: string, wasm: string] {
  const name = '@resvg/resvg-wasm';
  try {
    return [resolve(name), resolve(`${name}/index_bg.wasm`)];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(`png: PNG files of plots need the package ${name}: npm install ${name}`, {
      cause: error,
    });
  }
}
