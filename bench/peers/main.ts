/**
 * Comparisons with what others made:
 *
 *     npm run bench:peers -- DIR               a training epoch beside PyTorch's (the same as `epoch DIR`)
 *     npm run bench:peers -- tensors           operations on tensors beside PyTorch's
 *     npm run bench:peers -- sums              errors of long sums beside PyTorch's
 *     npm run bench:peers -- matmul            matmul beside OpenBLAS, oneDNN, PyTorch and packages for Node
 *     npm run bench:peers -- report FILE...    the tables of earlier runs of `matmul --json`, as one
 *     npm run bench:peers -- cubes             small cubes through the C interfaces
 *     npm run bench:peers -- accuracy          matmul's error beside OpenBLAS's
 *     npm run bench:peers -- ladder            from three loops to our matmul
 */

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type MatmulShape, matmulShapes, parseMatmulShape } from '../../src/cli/matmulShape.ts';
import { positiveInteger, positiveNumber } from '../../src/cli/options.ts';
import { openOutput } from '../../src/cli/output.ts';
import { compareEpochs, type EpochOptions } from './epoch.ts';
import { nativeOfPeers } from './install.ts';
import { climb } from './ladder.ts';
import { type CompareOptions, compareMatmul, pinning } from './matmul.ts';
import { drawReport } from './plot.ts';
import { formatMarkdown, formatReport, mergeReports, type Report } from './report.ts';
import { compareSums, type SumsOptions } from './sums.ts';
import { compareTensors, type TensorsOptions } from './tensors.ts';

const list = (text: string) => text.split(',');
const integers = (text: string) => list(text).map(positiveInteger);

const program = new Command('bench:peers').description('Comparisons with what others made.');

program
  .command('epoch', { isDefault: true })
  .description("a training epoch beside PyTorch's")
  .argument('[folder]', "MNIST's IDX files; else MNIST_DIR says where they are")
  .option('--rounds <count>', 'epochs of each side', positiveInteger, 5)
  .option('--models <names>', 'linear, mlp, mlp-large', list, ['mlp', 'mlp-large'])
  .option('--batch-size <count>', 'images a step', positiveInteger, 64)
  .option('--threads <counts>', 'numbers of threads', integers, [1, 2])
  .action((folder: string | undefined, options: EpochOptions) => {
    const found = folder ?? process.env['MNIST_DIR'];
    if (found === undefined) throw new Error('name the folder with the IDX files of MNIST');
    return compareEpochs(found, options);
  });

/** `2/4`: the second quarter of the shapes. */
function part(text: string): (shapes: readonly MatmulShape[]) => MatmulShape[] {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(index >= 1 && index <= count)) throw new InvalidArgumentError('It must be like 2/4.');
  return (shapes) => {
    const at = (border: number) => Math.round((shapes.length * border) / count);
    return shapes.slice(at(index - 1), at(index));
  };
}

program
  .command('tensors')
  .description("operations on tensors beside PyTorch's")
  .option('--rounds <count>', 'turns of each side', positiveInteger, 5)
  .option('--threads <counts>', 'numbers of threads', integers, [1, 2])
  .option('--cases <names>', "only these: 'mean(0);a - row, into out'", (text) => text.split(';'))
  .action((options: TensorsOptions) => compareTensors(options));

program
  .command('sums')
  .description("errors of long sums beside PyTorch's")
  .option('--seeds <count>', 'sums of each kind', positiveInteger, 100)
  .option('--count <count>', 'numbers of each sum', positiveInteger, 10_000_000)
  .action((options: SumsOptions) => compareSums(options));

interface MatmulOptions extends Omit<CompareOptions, 'shapes'> {
  readonly shape?: readonly MatmulShape[];
  readonly part?: (shapes: readonly MatmulShape[]) => MatmulShape[];
  readonly json?: string;
}

program
  .command('matmul')
  .description('matmul beside OpenBLAS, oneDNN, PyTorch and packages for Node')
  .option('--threads <counts>', 'numbers of threads', integers, [1, 2])
  .option('--rounds <count>', 'turns of each side on each shape', positiveInteger, 5)
  .option('--seconds <time>', 'how long a turn takes at least', positiveNumber, 0.03)
  .option(
    '--shape <shapes...>',
    'other shapes than the list, as 64x784x50t',
    (text: string, before: MatmulShape[] = []) => [...before, parseMatmulShape(text)],
  )
  .option('--part <i/n>', 'only a part of the shapes', part)
  .option('--vendors-only', 'without the packages for Node', false)
  .option('--kernels <name>', 'which of our kernels', 'native')
  .option('--json <file>', 'write the figures there too')
  .action(async ({ shape, part, json, ...options }: MatmulOptions) => {
    const output = json === undefined ? null : openOutput(json);
    const shapes = shape ?? matmulShapes;
    const report = await compareMatmul({ ...options, shapes: part === undefined ? shapes : part(shapes) });
    console.log(formatReport(report));
    output?.write(report);
  });

const readReport = (file: string): Report => JSON.parse(readFileSync(file, 'utf8'));

program
  .command('report')
  .description('the tables of runs of `matmul --json`, as one')
  .argument('<files...>', 'what `matmul --json` wrote')
  .option('--plot <file>', "draw each shape's share of the limit as SVG")
  .option('--markdown', 'as tables of Markdown')
  .action((files: string[], { plot, markdown }: { plot?: string; markdown?: true }) => {
    const report = mergeReports(files.map(readReport));
    console.log(markdown ? formatMarkdown(report) : formatReport(report));
    if (plot !== undefined) writeFileSync(plot, drawReport(report));
  });

/** Runs one of the C++ programs to its end, on the first core. */
function runNative(name: string, args: readonly string[] = []): void {
  const [program, ...rest] = [...pinning(1), join(nativeOfPeers(), name), ...args];
  const { error, status } = spawnSync(program, rest, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  process.exitCode = status ?? 1;
}

program
  .command('cubes')
  .description(
    'odd cubes from 1 to 67 beside cblas_sgemm and dnnl_sgemm, all through C interfaces, on one thread',
  )
  .action(() => runNative('cubes'));

program
  .command('accuracy')
  .description("matmul's error against float64 beside OpenBLAS's, for up to 50,000 summands")
  .option('--seeds <count>', 'how many random pairs of operands', positiveInteger, 100)
  .action(({ seeds }: { seeds: number }) => runNative('accuracy', [String(seeds)]));

program
  .command('ladder')
  .description('from three loops to our matmul: what each rung of docs/matmul.md gains')
  .argument('[sizes...]', 'of the cubes: 512 1024', (text: string, before?: number[]) => [
    ...(before ?? []),
    positiveInteger(text),
  ])
  .action((sizes: number[]) => climb(sizes.length === 0 ? [512, 1024] : sizes));

await program.parseAsync().catch((error: Error) => {
  console.error(`bench:peers: ${error.message}`);
  process.exitCode = 1;
});
