/**
 * handgrad: deep learning from the foundations. Tensors on fast CPU kernels, and every gradient written by hand.
 */

import './ops/fluent.ts';

export type { DType, FloatDType, TypedArray } from './core/dtype.ts';
export { FormatError, OutOfMemoryError, ShapeError, StateError } from './core/errors.ts';
export { Generator } from './core/generator.ts';
export { type MemoryReport, memory } from './core/memory.ts';
export { emptyCache } from './core/pools.ts';
export { getPrintOptions, type PrintOptions, setPrintOptions } from './core/printing.ts';
export { keep, scope } from './core/scope.ts';
export type { Shape } from './core/shape.ts';
export { Storage } from './core/storage.ts';
export { type NestedArray, Tensor } from './core/tensor.ts';
export * from './io/npy.ts';
export * from './io/npz.ts';
export {
  type ChartOptions,
  type HistOptions,
  hist,
  type PlotOptions,
  plot,
  type Series,
} from './io/pictures/charts.ts';
export { type ImshowOptions, imshow, type ShowImagesOptions, showImages } from './io/pictures/images.ts';
export { Picture } from './io/pictures/picture.ts';
export { readPng, writePng } from './io/png.ts';
export {
  availableKernels,
  getNumThreads,
  type KernelsName,
  kernels,
  setKernels,
  setNumThreads,
} from './kernels/active.ts';
export { GradCheckError, type GradCheckOptions, gradCheck } from './nn/gradCheck.ts';
export * as init from './nn/init.ts';
export * from './ops/bitwise.ts';
export * from './ops/comparisons.ts';
export * from './ops/conversion.ts';
export * from './ops/creation.ts';
export * from './ops/einsum/einsum.ts';
export * from './ops/elementwise.ts';
export * from './ops/extremes.ts';
export * from './ops/histograms.ts';
export * from './ops/indexing/gather.ts';
export * from './ops/indexing/index.ts';
export type { IndexItem } from './ops/indexing/items.ts';
export * from './ops/indexing/masks.ts';
export * from './ops/indexing/scatter.ts';
export { type Slice, slice } from './ops/indexing/slice.ts';
export * from './ops/joining.ts';
export * from './ops/linear.ts';
export * from './ops/losses.ts';
export * from './ops/matmul.ts';
export * from './ops/matmulAsync.ts';
export type {
  CreationOptions,
  Operand,
  OutOptions,
  Reduction,
  SizeArguments,
  Sizes,
} from './ops/operands.ts';
export * from './ops/parts.ts';
export * from './ops/products.ts';
export * from './ops/random.ts';
export * from './ops/rearranging.ts';
export type {
  Dims,
  KeepdimOptions,
  PickOptions,
  ReductionOptions,
  ValuesAndIndices,
} from './ops/reducing.ts';
export * from './ops/reductions.ts';
export * from './ops/scans.ts';
export * from './ops/sharing.ts';
export * from './ops/sorting.ts';
export * from './ops/ternary.ts';
export { type Numbers, testEq, testNear, testNearZero } from './ops/testing.ts';
export * from './ops/views.ts';
export * from './ops/where.ts';
export * as data from './public/data.ts';
export * as nn from './public/nn.ts';
export * as optim from './public/optim.ts';
export * as train from './public/train.ts';
