/**
 * What an editor shows: behind the arrow stands the type of what the line declares, which types.test.ts compares.
 * That the file compiles is half of the test: ordinary code needs no annotations.
 */

import {
  add,
  argmax,
  cat,
  einsum,
  fromTypedArray,
  isnan,
  lt,
  type NestedArray,
  type Operand,
  type Tensor,
  tensor,
  where,
  zeros,
  zerosLike,
} from '../../src/index.ts';

export function dtypes(x: Tensor, labels: Tensor<'int32'>) {
  // Made without a dtype, or in one
  const weights = zeros([2, 3]); //=> Tensor<DType>
  const counts = zeros([10], { dtype: 'int32' }); //=> Tensor<"int32">
  const mask = tensor([true, false], { dtype: 'bool' }); //=> Tensor<"bool">
  const exact = tensor([1, 2], { dtype: 'float64' }); //=> Tensor<FloatDType>
  const same = zerosLike(labels); //=> Tensor<"int32">
  const aliased = fromTypedArray(new Float32Array(4)); //=> Tensor<DType>

  // Converted
  const floats = x.float(); //=> Tensor<FloatDType>
  const bytes = x.to('uint8'); //=> Tensor<"uint8">
  const array = x.toTypedArray('float64'); //=> Float64Array<ArrayBufferLike>

  // Questions are bool, places int32
  const below = x.lt(1); //=> Tensor<"bool">
  const belowToo = lt(x, 1); //=> Tensor<"bool">
  const broken = isnan(x).any(); //=> Tensor<"bool">
  const answer = broken.item(); //=> boolean
  const both = below.logicalAnd(mask); //=> Tensor<"bool">
  const best = argmax(x, 1); //=> Tensor<"int32">
  const places = x.nonzero(); //=> Tensor<"int32">
  const sorted = labels.sort(); //=> ValuesAndIndices<"int32">
  const largest = x.max(0).indices; //=> Tensor<"int32">

  // Views, copies and in-place operations keep the dtype
  const row = below.view(2, -1).index(0).t(); //=> Tensor<"bool">
  const halves = labels.split(2); //=> Tensor<"int32">[]
  const joined = cat([below, mask]); //=> Tensor<"bool">
  const filled = labels.clone().add_(1); //=> Tensor<"int32">
  const negative = labels.neg(); //=> Tensor<"int32">
  const truth = below.toArray(); //=> NestedArray<boolean>

  // Reductions give floats, and floats stay floats whatever they meet: item() is a number
  const mean = x.mean(); //=> Tensor<FloatDType>
  const error = mean.sub(x).abs().max().sqrt().item(); //=> number
  const scaled = add(mean, labels); //=> Tensor<"float32" | "float64">

  // Numbers stay numbers; of any dtype is any dtype
  const more = labels.mul(2); //=> Tensor<"float32" | "float64" | "int32" | "uint8">
  const sum = x.add(labels); //=> Tensor<DType>
  const product = x.matmul(weights); //=> Tensor<DType>
  const chosen = where(below, x, 0); //=> Tensor<DType>
  const traced = einsum('ii->', x); //=> Tensor<DType>

  return {
    counts,
    exact,
    same,
    aliased,
    floats,
    bytes,
    array,
    belowToo,
    answer,
    both,
    best,
    places,
    sorted,
    largest,
    row,
    halves,
    joined,
    filled,
    negative,
    truth,
    error,
    scaled,
    more,
    sum,
    product,
    chosen,
    traced,
  };
}

/** Variables take what the next step gives, without an annotation. */
export function ordinary(x: Tensor, layer: (x: Tensor) => Tensor, operand: Operand) {
  let h = zeros([2, 3]);
  h = layer(h);
  h = h.matmul(x).clampMin(0).sigmoid();
  h = x.add(operand);

  let images = x.float();
  images = images.sub(images.mean()).div(x.std().add(1e-7)).matmul(x).exp();

  let total = x.sum();
  for (const part of x) total = total.add(part.norm());

  let mask = x.eq(0);
  mask = mask.logicalOr(x.isnan()).index(':', null);

  const any: Tensor = mask;
  const nested: NestedArray = any.toArray();
  const tensors: Tensor[] = [h, images, total, mask, x.argmax()];
  return [nested, tensors];
}

/** What the compiler refuses. */
export function refused(x: Tensor) {
  // @ts-expect-error floats are no mask
  const mask: Tensor<'bool'> = x.mean();
  // @ts-expect-error without a dtype it is float32
  const labels: Tensor<'int32'> = zeros([3]);
  // @ts-expect-error the elements of x may be booleans
  const value: number = x.item();
  // @ts-expect-error no dtype
  const wrong = x.to('float16');
  return [mask, labels, value, wrong];
}
