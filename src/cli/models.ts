import { linear } from '../nn/layers/linear.ts';
import { relu } from '../nn/layers/relu.ts';
import { sequential } from '../nn/layers/sequential.ts';
import type { Module } from '../nn/module.ts';

const [pixels, classes] = [28 * 28, 10];

/** The networks that `handgrad train` knows; each maps images [batch, 784] to logits [batch, 10]. */
const models = {
  linear: () => sequential(linear(pixels, classes)),
  mlp: () => sequential(linear(pixels, 50), relu(), linear(50, classes)),
  'mlp-large': () => sequential(linear(pixels, 512), relu(), linear(512, 512), relu(), linear(512, classes)),
} satisfies Record<string, () => Module>;

export type ModelName = keyof typeof models;

export const modelNames = Object.keys(models) as ModelName[];

/** A fresh model, its weights drawn from the default generator. */
export function makeModel(name: ModelName): Module {
  return models[name]();
}
