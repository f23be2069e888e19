import { expect } from 'vitest';
import { type nn, Tensor } from '../../src/index.ts';
import { expectFigures, type Figures, readFixture, toTensor } from '../figures.ts';

/** A layer's gradients as PyTorch's autograd finds them, in float64. */
interface LayerFigures {
  readonly parameters: Record<string, Figures>;
  readonly x: Figures;
  readonly y: Figures;
  readonly dy: Figures;
  readonly dx: Figures;
  readonly gradients: Record<string, Figures>;
}

/** scripts/fixtures/nn.py writes it. */
export const fixture = readFixture<{
  readonly layers: Record<'linear' | 'linearWithoutBias' | 'relu' | 'sequential', LayerFigures>;
  readonly losses: {
    readonly loss: 'mseLoss' | 'crossEntropyLoss';
    readonly reduction: 'mean' | 'sum';
    readonly input: Figures;
    readonly target: Figures;
    readonly value: number;
    readonly gradient: Figures;
  }[];
  readonly sgd: {
    readonly start: Figures;
    readonly gradients: Figures[];
    readonly runs: { readonly options: Record<string, number | boolean>; readonly values: number[][] }[];
  };
  readonly init: [name: 'kaimingNormal_' | 'normal_', options: object, figures: Figures][];
  readonly gains: [nonlinearity: 'relu', slope: number | null, gain: number][];
  readonly defaultLinear: { first: Figures; last: Figures; sum: number; bias: Figures };
  readonly training: { losses: number[]; bias: Figures };
}>('nn');

/** Runs a float64 layer forward and backward, and expects all that PyTorch's autograd says. */
export function expectLayer(layer: nn.Module, figures: LayerFigures): void {
  const state = new Map(Object.entries(figures.parameters).map(([name, values]) => [name, toTensor(values)]));
  layer.loadStateDict(state);
  expectFigures(layer.forward(toTensor(figures.x)), figures.y);
  const dx = layer.backward(toTensor(figures.dy));
  expect(dx).toBeInstanceOf(Tensor);
  expectFigures(dx as Tensor, figures.dx);
  expectGradients(layer, figures);

  layer.forward(toTensor(figures.x));
  layer.zeroGrad();
  expect(layer.backward(toTensor(figures.dy), { inputGrad: false })).toBeNull();
  expectGradients(layer, figures);
}

function expectGradients(layer: nn.Module, { gradients }: LayerFigures): void {
  expect(layer.namedParameters().map(([name]) => name)).toEqual(Object.keys(gradients));
  for (const [name, parameter] of layer.namedParameters()) {
    expectFigures(parameter.grad as Tensor, gradients[name], { message: name });
  }
}
