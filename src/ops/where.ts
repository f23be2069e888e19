import { broadcastShapes } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { checkTensor, type Operand, resultTensor } from './operands.ts';
import { promoteOperands } from './promotion.ts';

/**
 * x where condition (bool) is true, else y; all three broadcast to one shape, x and y to one dtype.
 *
 * @example
 * const x = tensor([-1, 2]);
 * where(x.gt(0), x, 0).toArray(); // [0, 2]
 */
export function where(condition: Tensor, x: Operand, y: Operand): Tensor {
  checkTensor('where', condition, 'condition');
  if (condition.dtype !== 'bool') {
    throw new TypeError(
      `where: condition must be bool, got ${condition.dtype}; compare it, as in ne(condition, 0)`,
    );
  }
  const [left, right] = promoteOperands('where', x, y);
  const shape = broadcastShapes('where', condition.shape, broadcastShapes('where', left.shape, right.shape));
  const result = resultTensor('where', shape, left.dtype, undefined);
  kernels().where(condition, left, right, result);
  return result;
}
