#!/usr/bin/env node
/** The command line: `handgrad train | bench | info | build`. Wrong usage exits with 2, other errors with 1. */

import { Command, CommanderError, Option } from 'commander';
import { kernelsNames } from '../kernels/active.ts';
import { bench } from './bench.ts';
import { build } from './build.ts';
import { info } from './info.ts';
import { type MatmulShape, parseMatmulShape } from './matmulShape.ts';
import { modelNames } from './models.ts';
import { nonNegativeInteger, nonNegativeNumber, positiveInteger, positiveNumber } from './options.ts';
import { train } from './train.ts';

const program = new Command('handgrad')
  .description('Deep learning from the foundations, for Node.')
  .exitOverride();

const kernelsOption = new Option('--kernels <name>', 'kernels to run on').choices(kernelsNames);

program
  .command('train')
  .description('train a model on MNIST, or on any IDX files of its layout, and report each epoch')
  .option(
    '--data <dir>',
    'folder with the IDX files, gzipped or not; without it the cache, the network, or drawn digits',
  )
  .addOption(new Option('--model <name>', 'network to train').choices(modelNames).default('mlp'))
  .option('--epochs <count>', 'passes over the training set', positiveInteger, 5)
  .option('--lr <rate>', 'learning rate', positiveNumber, 0.1)
  .option('--momentum <factor>', 'momentum of SGD', nonNegativeNumber, 0)
  .option('--batch-size <count>', 'images a step', positiveInteger, 64)
  .option('--seed <number>', 'seed of weights and shuffling', nonNegativeInteger, 42)
  .addOption(kernelsOption)
  .option('--threads <count>', 'threads of the native kernels', positiveInteger)
  .option('--json <file>', 'write the figures there too')
  .action(train);

program
  .command('bench')
  .description('time native against TypeScript kernels; `bench matmul` times every instruction set')
  .argument(
    '[name]',
    'only the cases of this name: matmul, elementwise, broadcasting, reductions, epoch, lesson',
  )
  .option('--quick', 'matmul: only on the best kernels, and only from the cache')
  .option(
    '--shape <shapes...>',
    'matmul: other shapes than the list, as MxKxN or MxK@KxN; t marks a transposed operand',
    (text: string, before: MatmulShape[] = []) => [...before, parseMatmulShape(text)],
  )
  .option('--threads <count>', 'threads of the native kernels', positiveInteger)
  .option('--json <file>', 'write the figures there too')
  .action(bench);

program
  .command('info')
  .description('print what runs here: kernels, threads, processor')
  .option(
    '--plan <shape>',
    'print how matmul goes about this shape, MxKxN or MxK@KxN; t marks a transposed operand: 64x784x50t',
    parseMatmulShape,
  )
  .addOption(kernelsOption)
  .addOption(
    new Option('--dtype <name>', "the plan's dtype").choices(['float32', 'float64']).default('float32'),
  )
  .action(info);

program.command('build').description('compile the native addon for this machine').action(build);

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    // Commander has printed its line; --help and --version end with 0.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  console.error(`handgrad: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
