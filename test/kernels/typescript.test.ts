import { typescriptKernels } from '../../src/kernels/typescript/kernels.ts';
import { runTable } from './table.ts';

runTable(typescriptKernels);
