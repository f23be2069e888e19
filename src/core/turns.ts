import { performance } from 'node:perf_hooks';

/**
 * Turns of the event loop, in work that would otherwise keep it for long: whoever asks often enough lets timers and
 * requests wait no longer than `milliseconds` at a time.
 *
 *     if (turns.due()) await turns.take();
 */
export class Turns {
  readonly milliseconds: number;
  #last = performance.now();

  constructor(milliseconds = 1) {
    this.milliseconds = milliseconds;
  }

  /** Whether the loop has waited for long enough. */
  due(): boolean {
    return performance.now() - this.#last >= this.milliseconds;
  }

  /** Lets the loop do all that is due: timers, what has arrived, and what waits for its next round. */
  async take(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#last = performance.now();
  }
}
