import type { AnyModule } from './module.ts';

type ModuleClass = abstract new (...args: never[]) => AnyModule;

/** The methods that were declared, so that one that somebody puts in their place does not count. */
const declared = new WeakMap<object, { readonly forward: unknown; readonly backward: unknown }>();

/**
 * Declares that Modules of just this class, no subclass, leave the tensors that they make nowhere but in their
 * results and with `saveForBackward`. The training loop gives all these back after each step; a class of which it
 * does not know that much may have put one aside for later, and then the garbage collector decides.
 */
export function declareSelfContained(type: ModuleClass): void {
  const { forward, backward } = type.prototype as AnyModule;
  declared.set(type, { forward, backward });
}

/** Whether the Module, and all within, are of classes that were declared, and as these define them. */
export function isSelfContained(module: AnyModule): boolean {
  return module.modules().every((each) => {
    const methods = declared.get(each.constructor);
    return methods?.forward === each.forward && methods?.backward === each.backward;
  });
}
