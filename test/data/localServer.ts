import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LocalServer {
  /** Base URL of the handler of this name; requests to it reach that handler alone. */
  url(handler: string): string;
  /** What was asked for, in order: `handler/file`. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** An HTTP server on 127.0.0.1 whose first path segment chooses how it behaves. */
export async function startServer(handlers: Record<string, RequestListener>): Promise<LocalServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    requests.push(path);
    handlers[path.split('/')[0]](request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (handler) => `http://127.0.0.1:${port}/${handler}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Sends `content` in `pieces`, with a pause of so many milliseconds after each, and ends. */
export async function sendSlowly(
  response: ServerResponse,
  content: Uint8Array,
  pieces: number,
  pause: number,
): Promise<void> {
  response.setHeader('content-length', content.length);
  const length = Math.ceil(content.length / pieces);
  for (let start = 0; start < content.length; start += length) {
    response.write(content.subarray(start, start + length));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  response.end();
}
