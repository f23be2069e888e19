/** The namespace `optim`: optimizers, and the short constructors beside their classes. */

export { type Due, Optimizer, type OptimizerState } from '../optim/optimizer.ts';
export { SGD, type SGDOptions, sgd } from '../optim/sgd.ts';
