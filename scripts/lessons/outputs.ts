/** What a cell gave out while it ran, in the words of the notebook format. */

export interface StreamOutput {
  readonly output_type: 'stream';
  readonly name: 'stdout' | 'stderr';
  readonly text: string;
}

/** A picture, or another value that knows how to show itself: by media type. */
export interface DisplayOutput {
  readonly output_type: 'display_data';
  readonly data: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface ErrorOutput {
  readonly output_type: 'error';
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export type Output = StreamOutput | DisplayOutput | ErrorOutput;

/** `outputs` with `next`, which continues the last one where both are text of one stream. */
export function appendOutput(outputs: Output[], next: Output): void {
  const last = outputs.at(-1);
  if (next.output_type === 'stream' && last?.output_type === 'stream' && last.name === next.name) {
    outputs[outputs.length - 1] = { ...last, text: last.text + next.text };
  } else {
    outputs.push(next);
  }
}
