/** Sums of products of tensors, written as an equation between the names of their dimensions. */

import { type DType, dtypes } from '../../core/dtype.ts';
import type { Shape } from '../../core/shape.ts';
import { shapesEqual } from '../../core/shape.ts';
import { allocateResult, Tensor } from '../../core/tensor.ts';
import { kernels } from '../../kernels/active.ts';
import { cast, checkTensor, describe } from '../operands.ts';
import { promoteAll } from '../promotion.ts';
import { type Plan, planContraction, type View } from './contract.ts';
import { type Equation, labelDimensions, parseEquation } from './parse.ts';

/**
 * Σ of products after Einstein's notation: the letters name the dimensions of the operands; those that the
 * result does not have are summed over.
 *
 *     einsum('ik,kj->ij', a, b)      matmul              einsum('ij->ji', a)       transpose (a view)
 *     einsum('bik,bkj->bij', a, b)   batched matmul      einsum('ii->i', a)        diagonal (a view)
 *     einsum('bi,bj->ij', x, g)      x.t() @ g           einsum('ii->', a)         trace
 *     einsum('i,j->ij', a, b)        outer product       einsum('bi,ij,bj->b', …)  bilinear form
 *
 * A letter that comes twice in one operand takes its diagonal. `...` stands for all dimensions without a letter;
 * those broadcast, and so do dimensions of size 1. Without `->` the result has the dimensions of `...`, then the
 * letters that come once, in alphabetical order. Spaces do not matter.
 *
 * Several operands are contracted two at a time, in an order chosen by cost; wherever a matrix product does it,
 * `matmul` does. One operand without a sum gives a view of it. Operands promote to one dtype; where integers or
 * booleans are summed the result is float64, as in `sum`.
 *
 * @example
 * const a = tensor([[1, 2], [3, 4]]);
 * einsum('ik,kj->ij', a, a).toArray(); // [[7, 10], [15, 22]]
 * einsum('ii', a).item(); // 5
 * einsum('...j->...', a).toArray(); // [3, 7]
 *
 * @throws SyntaxError for a malformed equation, naming the position; ShapeError when shapes do not fit it,
 *   naming the letter and both sizes.
 */
export function einsum(equation: string, ...operands: readonly Tensor[] | [readonly Tensor[]]): Tensor {
  if (typeof equation !== 'string')
    throw new TypeError(`einsum: equation must be a string, got ${describe(equation)}`);
  const list = (Array.isArray(operands[0]) ? [...operands[0]] : operands) as readonly Tensor[];
  let oneDType = true;
  for (let i = 0; i < list.length; i++) {
    checkTensor('einsum', list[i], `operand ${i + 1}`);
    oneDType &&= list[i].dtype === list[0].dtype;
  }
  const known = knownEquation(equation);
  let tensors = oneDType ? list : promoteAll('einsum', list);
  if (tensors.length > 0 && !dtypes[tensors[0].dtype].floating && sums(known.equation, tensors))
    tensors = tensors.map((x) => cast(x, 'float64'));
  return run(planFor(known, tensors), tensors);
}

function sums(equation: Equation, operands: readonly Tensor[]): boolean {
  const { output, sizes } = labelDimensions(
    equation,
    operands.map((x) => x.shape),
  );
  return output.length < sizes.length;
}

// Parsed equations, and for each the plans for the latest shapes and strides: a training loop repeats a few.
const EQUATIONS_KEPT = 128;
const PLANS_KEPT = 16;

interface KnownPlan {
  readonly shapes: readonly Shape[];
  readonly strides: readonly (readonly number[])[];
  readonly plan: Plan;
}

interface KnownEquation {
  readonly equation: Equation;
  readonly plans: KnownPlan[];
}

const knownEquations = new Map<string, KnownEquation>();

function knownEquation(text: string): KnownEquation {
  let known = knownEquations.get(text);
  if (known === undefined) {
    known = { equation: parseEquation(text), plans: [] };
    if (knownEquations.size === EQUATIONS_KEPT)
      knownEquations.delete(knownEquations.keys().next().value as string);
    knownEquations.set(text, known);
  }
  return known;
}

function planFor({ equation, plans }: KnownEquation, operands: readonly Tensor[]): Plan {
  for (const { shapes, strides, plan } of plans) {
    let fits = shapes.length === operands.length;
    for (let i = 0; fits && i < operands.length; i++)
      fits = shapesEqual(shapes[i], operands[i].shape) && shapesEqual(strides[i], operands[i].strides);
    if (fits) return plan;
  }
  // Copies: the plan must not change with a shape that a user holds.
  const shapes = operands.map((x) => [...x.shape]);
  const strides = operands.map((x) => [...x.strides]);
  const plan = planContraction(labelDimensions(equation, shapes), operands);
  if (plans.length === PLANS_KEPT) plans.shift();
  plans.push({ shapes, strides, plan });
  return plan;
}

function run({ steps, result }: Plan, operands: readonly Tensor[]): Tensor {
  const { dtype } = operands[0];
  const registers: Tensor[] = [...operands];
  for (const step of steps) {
    const out = allocateResult('einsum', step.out.shape, dtype, step.out.strides);
    if (step.kind === 'matmul') kernels().matmul(see(registers, step.a), see(registers, step.b), out, false);
    else if (step.kind === 'mul')
      kernels().binary(productOf(dtype), see(registers, step.a), see(registers, step.b), out);
    else if (step.kind === 'sum') kernels().reduce('sum', see(registers, step.x), out);
    else kernels().copy(see(registers, step.x), out);
    registers.push(out);
  }
  // Copies, again: this tensor is the user's.
  const { base, offset } = registers[result.register];
  const fresh = result.register >= operands.length;
  return new Tensor(base, result.shape.slice(), result.strides.slice(), offset, fresh);
}

function see(registers: readonly Tensor[], { register, shape, strides }: View): Tensor {
  const { base, offset } = registers[register];
  return new Tensor(base, shape, strides, offset);
}

/** On booleans the product is `and`. */
function productOf(dtype: DType): 'mul' | 'minimum' {
  return dtype === 'bool' ? 'minimum' : 'mul';
}
