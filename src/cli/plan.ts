import { type DType, dtypes } from '../core/dtype.ts';
import { addonTools, kernels, type MatmulPlan } from '../kernels/active.ts';
import { formatMatmulShape, type MatmulShape } from './matmulShape.ts';

/** What the native kernels in use would do with this shape; the result lies row by row. */
export function planMatmul(shape: MatmulShape, dtype: DType): MatmulPlan {
  const [set, isa] = kernels().name.split(' ');
  const tools = addonTools();
  if (tools === null || set !== 'native') throw new Error('--plan: TypeScript kernels have no plan');
  const { m, k, n, aTransposed, bTransposed } = shape;
  return tools.describePlan(
    isa,
    dtypes[dtype].bytes,
    m,
    n,
    k,
    ...(aTransposed ? [1, m] : [k, 1]),
    ...(bTransposed ? [1, k] : [n, 1]),
    ...[n, 1],
  );
}

/** The plan in words, one line a decision. */
export function describePlan(shape: MatmulShape, dtype: DType): Record<string, string> {
  const plan = planMatmul(shape, dtype);
  const { rows, columns, depth, lanes, tileRows, tileColumns, blockDepth, blockColumns } = plan;
  const outer = plan.family === 'outer';
  const packed = [plan.packA ? 'A, by each task' : '', plan.packB ? packedB(plan) : ''].filter(Boolean);
  const tasks = plan.rowTasks * plan.columnTasks;
  return {
    plan: `C [${rows}, ${columns}] = A [${rows}, ${depth}] · B [${depth}, ${columns}], ${dtype}, ${kernels().name}`,
    of: `${formatMatmulShape(shape)}${plan.transposed ? ', as Cᵀ = Bᵀ · Aᵀ' : ', as it stands'}`,
    family: outer
      ? `outer products, vectors along the columns of C${plan.restColumns > 0 ? `; dot products for the last ${plan.restColumns}` : ''}`
      : 'dot products, vectors along the depth, in A and in B',
    tile: outer
      ? `${tileRows} × ${tileColumns} sums, ${tileRows} rows of ${tileColumns / lanes} vectors of ${lanes}`
      : `${tileRows} × ${tileColumns} sums, each a vector of ${lanes}`,
    blocks:
      `${blockDepth} of ${depth} deep` +
      (outer ? `, ${blockColumns} of ${columns} columns of B at a time` : ''),
    packing: packed.length === 0 ? 'none: A and B are read where they lie' : packed.join('; '),
    gathering: plan.gather ? 'sums gather in working space until they are complete' : 'none: sums go into C',
    split: plan.depthParts > 1 ? `the depth, in ${plan.depthParts} parts, added in a fixed tree` : 'none',
    tasks:
      tasks === 1
        ? '1'
        : `${tasks}, ${plan.rowTasks} along the rows and ${plan.columnTasks} along the columns`,
    memory: `${plan.sharedBytes} bytes for all threads, ${plan.threadBytes} for each`,
  };
}

function packedB({ ownB, packDepth, packColumns, depth, columns, restColumns }: MatmulPlan): string {
  if (ownB) return 'B, whole, by each thread';
  const whole = packDepth === depth && packColumns === columns - restColumns;
  return whole ? 'B, whole' : `B, ${packDepth} × ${packColumns} at a time`;
}
