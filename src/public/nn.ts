/** The namespace `nn`: Modules, and the short constructors beside their classes. */

export { Flatten, flatten } from '../nn/layers/flatten.ts';
export { Linear, type LinearOptions, linear } from '../nn/layers/linear.ts';
export { ReLU, relu } from '../nn/layers/relu.ts';
export { Sequential, sequential } from '../nn/layers/sequential.ts';
export { CrossEntropyLoss, crossEntropyLoss } from '../nn/losses/crossEntropyLoss.ts';
export { Loss, type LossOptions } from '../nn/losses/loss.ts';
export { MSELoss, mseLoss } from '../nn/losses/mseLoss.ts';
export { type AnyModule, type BackwardOptions, Module } from '../nn/module.ts';
export { Parameter, parameter } from '../nn/parameter.ts';
export type { ParameterHandles } from '../nn/sharedParameters.ts';
export type { StateDict } from '../nn/stateDict.ts';
