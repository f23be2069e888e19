'use strict';

/** The thread that `rasterize` waits for: it draws one picture, and answers with a PNG file or with an error. */

const { readFileSync } = require('node:fs');
const { workerData } = require('node:worker_threads');

const { library, wasm, fonts, svg, zoom, port, signal } = workerData;

async function draw() {
  const { initWasm, Resvg } = require(library);
  await initWasm(readFileSync(wasm));
  const font = { fontBuffers: fonts.map((path) => readFileSync(path)) };
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: zoom } }).render().asPng();
}

draw()
  .then(
    (png) => ({ png }),
    (error) => ({ error: String(error) }),
  )
  .then((answer) => {
    port.postMessage(answer);
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  });
