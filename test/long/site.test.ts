/**
 * The site in a browser: all pages load at a phone's width, pictures show, links lead somewhere, code can be read.
 * Needs the real MNIST, since the lessons run for it, and Debian's `chromium`; skipped where one of them is missing.
 */

import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatLesson } from '../../scripts/lessons/cells.ts';
import { readCells } from '../../scripts/lessons/files.ts';
import { mnistDir } from '../mnistDir.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'handgrad-site-'));
const site = join(work, 'site');
const width = 390;

const chromium = spawnSync('chromium', ['--version']).status === 0;
if (!chromium) process.stderr.write('no chromium: the test of the site in a browser is skipped\n');

/** What inspectPages.js finds in a page. */
interface Findings {
  readonly page: string;
  readonly title: string;
  readonly pictures: number;
  readonly broken: readonly string[];
  /** Pixels that the page is wider than the screen. */
  readonly tooWide: number;
  /** Of code: the smallest letters, in pixels, and the least contrast to the ground (WCAG 2.2, 1.4.3). */
  readonly letters: number;
  readonly contrast: number;
  readonly deadLinks: readonly string[];
}

const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.ipynb': 'application/json' };

function serve(pages: readonly string[]): Promise<Server> {
  const script = readFileSync(join(root, 'test/long/inspectPages.js'), 'utf8');
  const call = `inspectPages(${JSON.stringify(pages)}, ${width});`;
  const server = createServer(({ url = '/' }, response) => {
    if (url === '/inspect') {
      response.setHeader('content-type', types['.html']);
      response.end(`<!doctype html><body><script>${script}\n${call}</script>`);
      return;
    }
    const name = normalize(decodeURIComponent(url)).slice(1);
    const found = readdirSync(site).includes(name);
    response.statusCode = found ? 200 : 404;
    response.setHeader('content-type', types[extname(name)] ?? 'text/plain');
    response.end(found ? readFileSync(join(site, name)) : '');
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** Chromium's answer to one address, or an error after a minute and a half. */
async function browse(address: string, ...options: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'chromium',
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      `--user-data-dir=${join(work, 'profile')}`,
      '--virtual-time-budget=60000',
      ...options,
      address,
    ],
    { timeout: 90_000, killSignal: 'SIGKILL', maxBuffer: 1 << 28 },
  );
  return stdout;
}

test('docs/lessons was made from the lessons as they are; npm run site makes it anew', () => {
  const lessons = readdirSync(join(root, 'lessons')).filter((name) => name.endsWith('.ts'));
  for (const name of lessons) {
    const made = join(root, 'docs/lessons', name.replace('.ts', '.ipynb'));
    expect(formatLesson(readCells(made)), made).toBe(readFileSync(join(root, 'lessons', name), 'utf8'));
  }
});

describe.skipIf(!chromium || mnistDir === undefined)('the site at the width of a phone', () => {
  let findings: Findings[] = [];
  let server: Server | undefined;

  beforeAll(async () => {
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
    const built = spawnSync(process.execPath, [tsx, join(root, 'scripts/site.ts'), '--out', site], {
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(built.stderr);
    const pages = readdirSync(site).filter((name) => name.endsWith('.html'));
    server = await serve(pages.map((name) => `/${name}`));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/inspect`;
    const dom = await browse(address, '--dump-dom');
    const [, json] = /findings:(.*):end/s.exec(dom) ?? [];
    if (json === undefined) throw new Error(`the browser did not get to the end: ${dom.slice(0, 2000)}`);
    findings = JSON.parse(json.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
  });
  afterAll(() => {
    server?.close();
    rmSync(work, { recursive: true, force: true });
  });

  test('all pages load, with their titles', () => {
    expect(findings.map(({ title }) => title).sort()).toEqual([
      '1 · Matrix multiplication',
      '2 · The forward pass, and how to begin',
      '3 · The backward pass, by hand',
      '4 · Is it a 3 or a 7?',
      '5 · The training loop',
      'Deep learning from the foundations',
    ]);
  });

  test('pictures show', () => {
    expect(findings.flatMap(({ page, broken }) => broken.map((alt) => `${page}: ${alt}`))).toEqual([]);
    const count = (page: string) => findings.find((found) => found.page === page)?.pictures ?? 0;
    expect(count('/01-matmul.html')).toBeGreaterThanOrEqual(1);
    expect(count('/02-forward.html')).toBeGreaterThanOrEqual(6);
    expect(count('/04-mnist-basics.html')).toBeGreaterThanOrEqual(7);
    expect(count('/05-training.html')).toBeGreaterThanOrEqual(1);
  });

  test('links lead somewhere', () => {
    expect(findings.flatMap(({ page, deadLinks }) => deadLinks.map((link) => `${page}: ${link}`))).toEqual(
      [],
    );
  });

  test('nothing hangs over the edge, and code is large and dark enough', () => {
    for (const { page, tooWide, letters, contrast } of findings) {
      expect({ page, tooWide }).toEqual({ page, tooWide: 0 });
      expect(letters).toBeGreaterThanOrEqual(13);
      expect(contrast).toBeGreaterThanOrEqual(4.5);
    }
  });
});
