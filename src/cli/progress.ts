import { Presets, SingleBar } from 'cli-progress';

/** A bar on the terminal that fills while an epoch runs; nothing where standard error is no terminal. */
export class ProgressBar {
  readonly #bar: SingleBar;

  constructor(label: string, total: number) {
    this.#bar = new SingleBar(
      {
        format: `${label} {bar} {percentage}% | {value}/{total} images | {eta_formatted} left`,
        clearOnComplete: true,
        hideCursor: true,
      },
      Presets.shades_classic,
    );
    this.#bar.start(total, 0);
  }

  update(value: number): void {
    this.#bar.update(value);
  }

  /** Takes the bar off the screen, to make room for the row. */
  clear(): void {
    this.#bar.stop();
  }
}
