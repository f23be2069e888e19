import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DownloadError, type DownloadProgress, downloadFile } from '../../src/data/download.ts';
import { type LocalServer, sendSlowly, startServer } from './localServer.ts';

const content = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 2654435761) >>> 24);
const options = { answerTimeout: 400, stallTimeout: 400, totalTimeout: 1000, maxBytes: 2 ** 18 };

/** How a mirror can behave, and what a download from it says: nothing where it succeeds. */
const mirrors: Record<string, { answer: RequestListener; message?: RegExp | string }> = {
  good: { answer: (_, response) => response.end(content) },
  slow: { answer: (_, response) => void sendSlowly(response, content, 20, 20) },
  redirecting: { answer: (_, response) => response.writeHead(302, { location: '/good/file' }).end() },
  transcoding: {
    answer: (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(content)),
  },
  silent: { answer: () => {}, message: 'no answer within 0.4 s' },
  stalled: {
    answer: (_, response) => {
      response.setHeader('content-length', content.length);
      response.write(content.subarray(0, 1000));
    },
    message: 'nothing more for 0.4 s',
  },
  trickling: {
    answer: (_, response) => void sendSlowly(response, content, 1000, 50),
    message: 'not done within 1 s',
  },
  cutOff: {
    answer: (_, response) => {
      response.setHeader('content-length', content.length);
      response.write(content.subarray(0, 100_000), () => response.destroy());
    },
    message: /other side closed|terminated|reset/i,
  },
  shortened: {
    answer: (_, response) => response.end(content.subarray(0, 100_000)),
    message: 'wrong content',
  },
  wrong: { answer: (_, response) => response.end('<html>Please log in</html>'), message: 'wrong content' },
  empty: { answer: (_, response) => response.end(), message: 'wrong content' },
  missing: { answer: (_, response) => response.writeHead(404).end('no such key'), message: '404 Not Found' },
  failing: { answer: (_, response) => response.writeHead(503).end(), message: '503 Service Unavailable' },
  circling: {
    answer: (_, response) => response.writeHead(302, { location: '/circling/file' }).end(),
    message: 'redirect count exceeded',
  },
  large: {
    answer: (_, response) => response.end(new Uint8Array(2 ** 18 + 1)),
    message: '262145 bytes, more than the limit of 262144',
  },
  endless: {
    answer: (_, response) => {
      const more = () => {
        if (!response.destroyed) response.write(content, () => setImmediate(more));
      };
      more();
    },
    message: 'more than the limit of 262144',
  },
};

const failing = Object.entries(mirrors).flatMap(([name, { message }]) =>
  message ? [[name, message] as const] : [],
);
const succeeding = Object.keys(mirrors).filter((name) => !mirrors[name].message);

let server: LocalServer;
let folder: string;
let path: string;
beforeAll(async () => {
  server = await startServer(
    Object.fromEntries(Object.entries(mirrors).map(([name, { answer }]) => [name, answer])),
  );
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handgrad-download-'));
  path = join(folder, 'cache', 'file');
});
afterEach(() => rm(folder, { recursive: true }));

async function check(received: Uint8Array): Promise<string> {
  if (Buffer.compare(received, content) !== 0) throw new Error(`wrong content: ${received.length} bytes`);
  return 'checked';
}

function download(names: string[], more = {}) {
  const urls = names.map((name) => `${server.url(name)}/file`);
  return downloadFile(urls, path, check, { ...options, ...more });
}

async function filesLeft(): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => name !== 'cache');
}

describe('downloadFile', () => {
  test.each(succeeding)('a %s mirror gives the file', async (name) => {
    expect(await download([name])).toEqual({ checked: 'checked', url: `${server.url(name)}/file` });
    expect(Buffer.compare(await readFile(path), content)).toBe(0);
    expect(await filesLeft()).toEqual([join('cache', 'file')]);
  });

  test.each(failing)(
    'a %s mirror is named with its reason, and the next one tried',
    async (name, message) => {
      const error = await download([name]).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DownloadError);
      expect((error as Error).message).toMatch(/^file: http:\/\/127\.0\.0\.1:\d+\/\w+\/file: [^\n]+$/);
      expect(() => {
        throw error;
      }).toThrow(message);
      expect(await filesLeft()).toEqual([]);

      expect((await download([name, 'good'])).url).toBe(`${server.url('good')}/file`);
      expect(await filesLeft()).toEqual([join('cache', 'file')]);
    },
  );

  test('names the reasons of all mirrors, in their order', async () => {
    const nobody = await startServer({});
    await nobody.close();
    const urls = [`${nobody.url('x')}/file`, `${server.url('missing')}/file`, 'no url'];
    await expect(downloadFile(urls, path, check, options)).rejects.toThrow(
      /^file: http:\S+: connect ECONNREFUSED \S+; http:\S+: 404 Not Found; no url: Invalid URL$/,
    );
    await expect(download([])).rejects.toThrow('file: there is no mirror to ask');
  });

  test('reports progress', async () => {
    const seen: DownloadProgress[] = [];
    await download(['slow'], { onProgress: (progress: DownloadProgress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toEqual({ file: 'file', receivedBytes: 200_000, totalBytes: 200_000 });
  });

  test('an aborted download ends at once, with the reason, and asks no other mirror', async () => {
    const abort = new AbortController();
    const before = server.requests.length;
    setTimeout(() => abort.abort(new Error('enough')), 50);
    await expect(download(['trickling', 'good'], { signal: abort.signal })).rejects.toThrow(/^enough$/);
    expect(server.requests.slice(before)).toEqual(['trickling/file']);
    await expect(download(['good'], { signal: abort.signal })).rejects.toThrow(/^enough$/);
    expect(server.requests.length).toBe(before + 1);
    expect(await filesLeft()).toEqual([]);
  });

  test('what cannot be written leaves nothing behind', async () => {
    await mkdir(path, { recursive: true }); // a folder where the file should be
    await expect(download(['good'])).rejects.toThrow(/^E/);
    expect(await filesLeft()).toEqual([join('cache', 'file')]);
  });
});
