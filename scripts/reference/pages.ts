/** The pages of the API reference: which files of the library each covers, and how an entry reads in Markdown. */

import type { Entry, Tag } from './entries.ts';

export interface Page {
  readonly file: string;
  readonly title: string;
  readonly sections: readonly Section[];
}

interface Section {
  readonly title: string;
  /** Files or folders below src/. */
  readonly sources: readonly string[];
}

export const pages: readonly Page[] = [
  {
    file: 'tensor.md',
    title: 'Tensors',
    sections: [
      { title: 'The class', sources: ['core/tensor.ts', 'core/storage.ts', 'core/shape.ts'] },
      { title: 'Dtypes', sources: ['core/dtype.ts'] },
      { title: 'Making tensors', sources: ['ops/creation.ts'] },
      { title: 'Converting and comparing as a whole', sources: ['ops/conversion.ts', 'ops/testing.ts'] },
      { title: 'Random tensors', sources: ['ops/random.ts', 'core/generator.ts'] },
      { title: 'What operations take', sources: ['ops/operands.ts'] },
      { title: 'Printing', sources: ['core/printing.ts'] },
      { title: 'Errors', sources: ['core/errors.ts'] },
    ],
  },
  {
    file: 'indexing.md',
    title: 'Indexing and views',
    sections: [
      { title: 'Indexing', sources: ['ops/indexing', 'ops/where.ts'] },
      { title: 'Views', sources: ['ops/views.ts', 'ops/parts.ts'] },
      { title: 'Joining and rearranging', sources: ['ops/joining.ts', 'ops/rearranging.ts'] },
    ],
  },
  {
    file: 'elementwise.md',
    title: 'Element by element',
    sections: [
      { title: 'Arithmetic and functions', sources: ['ops/elementwise.ts', 'ops/pointwise.ts'] },
      { title: 'Bits', sources: ['ops/bitwise.ts'] },
      { title: 'Comparisons and logic', sources: ['ops/comparisons.ts'] },
      { title: 'Three operands', sources: ['ops/ternary.ts'] },
    ],
  },
  {
    file: 'reductions.md',
    title: 'Reductions, scans and sorting',
    sections: [
      { title: 'Reductions', sources: ['ops/reductions.ts', 'ops/extremes.ts', 'ops/reducing.ts'] },
      { title: 'Running totals', sources: ['ops/scans.ts'] },
      { title: 'Sorting', sources: ['ops/sorting.ts'] },
      { title: 'Counting', sources: ['ops/histograms.ts'] },
    ],
  },
  {
    file: 'products.md',
    title: 'Products',
    sections: [
      { title: 'Matrix products', sources: ['ops/matmul.ts', 'ops/matmulAsync.ts', 'ops/products.ts'] },
      { title: 'einsum', sources: ['ops/einsum'] },
      { title: 'Layers and losses as functions', sources: ['ops/linear.ts', 'ops/losses.ts'] },
    ],
  },
  {
    file: 'nn.md',
    title: 'nn, init: Modules and their first weights',
    sections: [
      {
        title: 'Modules',
        sources: ['nn/module.ts', 'nn/parameter.ts', 'nn/stateDict.ts', 'nn/sharedParameters.ts'],
      },
      { title: 'Layers', sources: ['nn/layers'] },
      { title: 'Losses', sources: ['nn/losses'] },
      { title: 'First weights', sources: ['nn/init.ts'] },
      { title: 'Checking gradients', sources: ['nn/gradCheck.ts'] },
    ],
  },
  {
    file: 'training.md',
    title: 'optim, data, train: training',
    sections: [
      { title: 'Optimizers', sources: ['optim'] },
      { title: 'Data', sources: ['data'] },
      { title: 'Training', sources: ['train'] },
    ],
  },
  {
    file: 'files.md',
    title: 'Files and pictures',
    sections: [
      { title: 'npy and npz', sources: ['io/npy.ts', 'io/npz.ts'] },
      { title: 'Pictures', sources: ['io'] },
    ],
  },
  {
    file: 'kernels.md',
    title: 'Kernels, threads, memory',
    sections: [
      { title: 'Kernels and threads', sources: ['kernels'] },
      { title: 'Tensors that several threads see', sources: ['ops/sharing.ts'] },
      { title: 'Memory', sources: ['core'] },
    ],
  },
];

/**
 * The pages' text by file name, with the overview as README.md. `opening` is what a file of the library says of itself at
 * its top.
 *
 * @throws Error where a value has no docstring, or an entry no page
 */
export function renderReference(
  entries: readonly Entry[],
  opening: (source: string) => string,
): Map<string, string> {
  const bare = entries.filter(({ kind, text }) => kind !== 'type' && text === '');
  if (bare.length > 0)
    throw new Error(`reference: without a docstring: ${bare.map(({ name }) => name).join(', ')}`);
  const placed = new Map<Section, Entry[]>();
  for (const entry of entries) {
    const section = sectionOf(entry);
    placed.set(section, [...(placed.get(section) ?? []), entry]);
  }
  for (const [section, found] of placed) {
    const place = ({ file }: Entry) => section.sources.findIndex((source) => covers(source, file));
    placed.set(
      section,
      found.toSorted((p, q) => place(p) - place(q)),
    );
  }
  const texts = pages.map((page) => [page.file, renderPage(page, placed, opening)] as const);
  return new Map([['README.md', renderOverview(placed)], ...texts]);
}

type Placed = ReadonlyMap<Section, readonly Entry[]>;

/** Whether a file is the source, or in it. */
function covers(source: string, file: string): boolean {
  return file === `src/${source}` || file.startsWith(`src/${source}/`);
}

/** The first section that names the entry's file, or a folder that it is in. */
function sectionOf({ name, file }: Entry): Section {
  const sections = pages.flatMap((page) => page.sections);
  const section = sections.find(({ sources }) => sources.some((source) => covers(source, file)));
  if (section === undefined)
    throw new Error(`reference: ${name} of ${file} has no section; see scripts/reference/pages.ts`);
  return section;
}

const NOTE = '<!-- Made from the docstrings by `npm run docs`; do not edit. -->\n\n';

function renderOverview(placed: Placed): string {
  const lines = [
    `${NOTE}# API reference\n`,
    'Every function whose first operand is a tensor is a method of it as well: `add(a, b)` is `a.add(b)`. Names that end in',
    '`_` change their first operand in place.\n',
  ];
  for (const page of pages) {
    const anchors = anchorsOf(page, placed);
    const link = (text: string, heading: string) => `[${text}](${page.file}#${anchors.get(heading)})`;
    lines.push(`## [${page.title}](${page.file})\n`);
    for (const section of page.sections) {
      const entries = placed.get(section) ?? [];
      const named = entries.filter((entry) => entry.kind !== 'type' && !isTwin(entry, entries));
      if (named.length === 0) continue;
      const names = named.map(({ name }) => link(`\`${name}\``, name)).join(' · ');
      lines.push(`**${link(section.title, section.title)}**: ${names}\n`);
    }
  }
  return lines.join('\n');
}

/** The anchors that GitHub gives the headings of a page: equal ones are numbered. */
function anchorsOf({ title, sections }: Page, placed: Placed): ReadonlyMap<string, string> {
  const headings = sections.flatMap((section) => {
    const entries = placed.get(section) ?? [];
    return [section.title, ...entries.filter((entry) => !isTwin(entry, entries)).map(({ name }) => name)];
  });
  const used = new Map<string, number>();
  const anchors = [title, ...headings].map((heading) => {
    const plain = heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-');
    const times = used.get(plain) ?? 0;
    used.set(plain, times + 1);
    return [heading, times === 0 ? plain : `${plain}-${times}`] as const;
  });
  return new Map(anchors);
}

function renderPage({ title, sections }: Page, placed: Placed, opening: (source: string) => string): string {
  const parts = [`${NOTE}# ${title}\n`];
  for (const section of sections) {
    const entries = placed.get(section) ?? [];
    const twins = entries.filter((entry) => isTwin(entry, entries));
    parts.push(`## ${section.title}\n`);
    const said = opening(section.sources[0]);
    if (said !== '') parts.push(said);
    for (const entry of entries) if (!twins.includes(entry)) parts.push(renderEntry(entry));
    if (twins.length > 0) {
      const names = twins.map(({ name }) => `\`${name}\``).join(', ');
      parts.push(`**In place**, storing the result in the first operand, without \`out\`: ${names}.\n`);
    }
  }
  return parts.join('\n');
}

/** Whether an entry is the one above it stored in place, and says no more than that. */
function isTwin({ name, text }: Entry, entries: readonly Entry[]): boolean {
  return (
    name.endsWith('_') &&
    /, stored in \w+\.$/.test(text) &&
    entries.some((other) => `${other.name}_` === name)
  );
}

function renderEntry(entry: Entry): string {
  const { name, signatures, text, tags, members, file } = entry;
  const parts = [
    `### \`${name}\`\n`,
    `\`\`\`ts\n${signatures.join('\n')}\n\`\`\`\n`,
    ...(text === '' ? [] : [`${text}\n`]),
    ...renderTags(tags),
    ...members.map(renderMember),
  ];
  if (members.length > 0) parts.push('');
  parts.push(`<sub>[${file}](../../${file})</sub>\n`);
  return parts.join('\n');
}

function renderTags(tags: readonly Tag[]): string[] {
  const of = (wanted: string) =>
    tags.filter(({ name }) => name === wanted).map(({ text }) => text.replaceAll('\n', ' '));
  const examples = tags
    .filter(({ name }) => name === 'example')
    .map(({ text }) => `\`\`\`ts\n${text}\n\`\`\`\n`);
  return [
    ...of('param').map((text) => `- ${text.replace(/^(\S+)/, '`$1`')}`),
    ...of('returns').map((text) => `- returns ${text}`),
    ...of('throws').map((text) => `- throws ${text}`),
    ...(tags.some(({ name }) => ['param', 'returns', 'throws'].includes(name)) ? [''] : []),
    ...examples,
  ];
}

function renderMember({ signatures, text, tags }: Entry): string {
  const words = [text, ...tags.filter(({ name }) => name === 'throws').map((tag) => `Throws ${tag.text}`)];
  const said = words.join(' ').replaceAll('\n', ' ').trim();
  return `- ${signatures.map((signature) => `\`${signature}\``).join(', ')}${said === '' ? '' : `: ${said}`}`;
}
