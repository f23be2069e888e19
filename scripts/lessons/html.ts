/** Lessons as HTML pages: text, code, and what the code gave out, in one file each. */

import highlight from 'highlight.js/lib/core';
import typescript from 'highlight.js/lib/languages/typescript';
import { Marked } from 'marked';
import type { Cell } from './cells.ts';
import type { Output } from './outputs.ts';

export interface Page {
  /** File name, such as `01-matmul.html`. */
  readonly file: string;
  readonly title: string;
  readonly cells: readonly Cell[];
  readonly outputs: readonly (readonly Output[])[];
  readonly seconds: number;
}

highlight.registerLanguage('typescript', typescript);

/** TypeScript as HTML, its words in spans of the classes that `style` colours. */
function highlighted(code: string): string {
  return highlight.highlight(code, { language: 'typescript' }).value;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => entities[sign]);
}

/** The first heading of a lesson; its file name where there is none. */
export function titleOf(cells: readonly Cell[], fallback: string): string {
  const heading = cells.find(({ kind }) => kind === 'markdown')?.source.match(/^# +(.*)$/m);
  return heading?.[1] ?? fallback;
}

/** One lesson, with links to those before and after it. */
export function renderPage(page: Page, before: Page | undefined, after: Page | undefined): string {
  const { cells, outputs, seconds } = page;
  const taken = new Set<string>();
  const marked = new Marked({
    renderer: {
      heading({ depth, text, tokens }) {
        let id = text
          .toLowerCase()
          .replace(/[^\p{L}\p{N}]+/gu, '-')
          .replace(/^-|-$/g, '');
        while (taken.has(id)) id += '-again';
        taken.add(id);
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      // Lessons are ours, but a notebook may be anybody's.
      html: ({ text }) => escapeHtml(text),
    },
  });
  const body = cells.map((cell, i) => {
    if (cell.kind === 'markdown') return `<section class="text">\n${marked.parse(cell.source)}</section>`;
    if (cell.kind === 'raw') return `<pre>${escapeHtml(cell.source)}</pre>`;
    const code = `<pre class="code" tabindex="0"><code>${highlighted(cell.source)}</code></pre>`;
    return `<section class="cell">\n${code}\n${(outputs[i] ?? []).map(renderOutput).join('\n')}</section>`;
  });
  const link = (to: Page | undefined, words: string) =>
    to === undefined ? '<span></span>' : `<a href="${to.file}">${words}</a>`;
  const navigation = `<nav>${link(before, `← ${escapeHtml(before?.title ?? '')}`)}<a href="index.html">All lessons</a>${link(after, `${escapeHtml(after?.title ?? '')} →`)}</nav>`;
  const ran = `<p class="ran">All cells ran in ${seconds.toFixed(1)} s, and every check in them passed.</p>`;
  return htmlDocument(page.title, [navigation, '<main>', ...body, ran, '</main>', navigation].join('\n'));
}

/** The first page: a list of all. */
export function renderIndex(pages: readonly Page[]): string {
  const items = pages.map(({ file, title }) => `<li><a href="${file}">${escapeHtml(title)}</a></li>`);
  const introduction =
    'From three nested loops to a trained network that is understood to the last gradient. Each page is a program: ' +
    'what is printed and drawn below a cell is what the cell gave when the page was made.';
  const main = `<main><h1>Deep learning from the foundations</h1>\n<p>${introduction}</p>\n<ul class="lessons">\n${items.join('\n')}\n</ul></main>`;
  return htmlDocument('Deep learning from the foundations', main);
}

function renderOutput(output: Output): string {
  if (output.output_type === 'stream') {
    return `<pre class="output ${output.name}" tabindex="0">${escapeHtml(output.text.replace(/\n$/, ''))}</pre>`;
  }
  if (output.output_type === 'error') {
    return `<pre class="output stderr">${escapeHtml(`${output.ename}: ${output.evalue}`)}</pre>`;
  }
  const { data } = output;
  const words = escapeHtml((data['text/plain'] ?? '').split('\n')[0].trim() || 'picture');
  const source =
    data['image/svg+xml'] !== undefined
      ? // As an image and not in the page, so that the ids in two pictures do not meet.
        `data:image/svg+xml;base64,${Buffer.from(data['image/svg+xml']).toString('base64')}`
      : data['image/png'] !== undefined
        ? `data:image/png;base64,${data['image/png']}`
        : undefined;
  if (source === undefined) return `<pre class="output">${escapeHtml(data['text/plain'] ?? '')}</pre>`;
  return `<img class="output" alt="${words}" src="${source}">`;
}

const style = `
:root { color-scheme: light dark; --text: #1d2330; --page: #fff; --code: #f4f5f8; --line: #d9dde6; --link: #2451b3;
  --word: #8a1f6d; --string: #1a6b35; --number: #a04000; --note: #5d6778; --name: #1f4fa8; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e6ee; --page: #14171e; --code: #1f242e; --line: #39404f; --link: #8fb0ff;
    --word: #f0a1d8; --string: #93d7a5; --number: #f2b27a; --note: #9aa4b5; --name: #9dbcff; }
}
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: var(--page); font: 17px/1.6 Georgia, 'Times New Roman', serif; }
main { max-width: 56rem; margin: 0 auto; padding: 1rem; }
section.text, main > p { max-width: 46rem; }
nav { display: flex; justify-content: space-between; gap: 1rem; max-width: 56rem; margin: 0 auto; padding: 1rem; font-size: 15px; }
h1, h2, h3 { line-height: 1.25; margin: 2.2rem 0 0.6rem; }
a { color: var(--link); }
pre, code { font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
p code, li code { font-size: 0.85em; background: var(--code); padding: 0.1em 0.3em; border-radius: 3px; }
pre { overflow-x: auto; font-size: 13px; line-height: 1.45; margin: 0.8rem 0; padding: 0.7rem 0.9rem; }
pre.code { background: var(--code); border-radius: 6px; }
.hljs-keyword, .hljs-literal { color: var(--word); }
.hljs-string, .hljs-regexp { color: var(--string); }
.hljs-number { color: var(--number); }
.hljs-comment, .hljs-doctag { color: var(--note); }
.hljs-title { color: var(--name); }
section.text pre { padding: 0 0 0 1.5rem; }
pre.output { border-left: 3px solid var(--line); padding: 0.2rem 0.9rem; }
pre.stderr { border-left-color: #c0392b; }
img.output { display: block; max-width: 100%; height: auto; margin: 0.8rem 0; }
.ran { margin-top: 3rem; font-size: 14px; opacity: 0.75; }
.lessons { font-size: 1.15rem; line-height: 2; }
`;

function htmlDocument(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
