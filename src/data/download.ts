import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { writeAtomically } from '../io/writeAtomically.ts';

/** No mirror gave the file; the message holds each one's reason. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** How a download is going. */
export interface DownloadProgress {
  /** The file's name, without folder. */
  readonly file: string;
  readonly receivedBytes: number;
  /** As the server declares it, if it does. */
  readonly totalBytes: number | undefined;
}

export interface DownloadOptions {
  /** Refused beyond this. 64 MiB unless said otherwise. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds until the server must have begun to answer. 5 s unless said otherwise. */
  readonly answerTimeout?: number | undefined;
  /** Milliseconds that may pass without a byte. 15 s unless said otherwise. */
  readonly stallTimeout?: number | undefined;
  /** Milliseconds in all for one mirror. 10 minutes unless said otherwise. */
  readonly totalTimeout?: number | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Aborting it ends the download with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Downloads one file from the first of `urls` that gives the right content, and puts it at `path`.
 *
 * The content is in memory until `check` has accepted it, and reaches `path` by rename, so that neither a crash nor
 * a second process with the same aim can leave or see a part of it.
 *
 * @param check throws an Error that says what is wrong with the content, or gives what it has made of it
 * @returns what `check` gave, and the url with the right content
 * @throws DownloadError where no url gives the right content; the error of the file system where it cannot be written
 */
export async function downloadFile<T>(
  urls: readonly string[],
  path: string,
  check: (content: Uint8Array, url: string) => Promise<T>,
  options: DownloadOptions = {},
): Promise<{ checked: T; url: string }> {
  const reasons: string[] = [];
  for (const url of urls) {
    let content: Uint8Array;
    let checked: T;
    try {
      content = await fetchBytes(url, basename(path), options);
      checked = await check(content, url);
    } catch (error) {
      options.signal?.throwIfAborted();
      reasons.push(reasonOf(error, url));
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    await writeAtomically(path, content);
    return { checked, url };
  }
  throw new DownloadError(`${basename(path)}: ${reasons.join('; ') || 'there is no mirror to ask'}`);
}

/** The body behind an http(s) url; redirects are followed. */
async function fetchBytes(url: string, file: string, options: DownloadOptions): Promise<Uint8Array> {
  const {
    maxBytes = 2 ** 26,
    answerTimeout = 5_000,
    stallTimeout = 15_000,
    totalTimeout = 600_000,
  } = options;
  const abort = new AbortController();
  const giveUp = (milliseconds: number, what: string) =>
    setTimeout(() => abort.abort(new Error(`${what} ${milliseconds / 1000} s`)), milliseconds);
  const follow = () => abort.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener('abort', follow);
  const total = giveUp(totalTimeout, 'not done within');
  let silence = giveUp(answerTimeout, 'no answer within');
  try {
    // an encoded body would have a length other than declared
    const response = await fetch(url, { signal: abort.signal, headers: { 'accept-encoding': 'identity' } });
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
    if (response.body === null) throw new Error('an answer without content');
    const declared = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
    const totalBytes = declared === null ? undefined : Number(declared);
    const tooLarge = (bytes: number) => new Error(`${bytes} bytes, more than the limit of ${maxBytes}`);
    if (totalBytes !== undefined && totalBytes > maxBytes) throw tooLarge(totalBytes);

    const chunks: Uint8Array[] = [];
    let receivedBytes = 0;
    for await (const chunk of response.body) {
      clearTimeout(silence);
      silence = giveUp(stallTimeout, 'nothing more for');
      chunks.push(chunk);
      receivedBytes += chunk.length;
      if (receivedBytes > maxBytes) throw tooLarge(receivedBytes);
      options.onProgress?.({ file, receivedBytes, totalBytes });
    }
    return Buffer.concat(chunks);
  } finally {
    clearTimeout(total);
    clearTimeout(silence);
    options.signal?.removeEventListener('abort', follow);
    // lets go of the connection if the body was not read to its end
    abort.abort();
  }
}

/** `fetch failed` says nothing: the reason is what caused it. */
function reasonOf(error: unknown, url: string): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  if (innermost instanceof AggregateError && innermost.errors.length > 0) innermost = innermost.errors[0];
  const { message, code } = innermost as NodeJS.ErrnoException;
  const reason = message || code || String(innermost);
  return reason.startsWith(url) ? reason : `${url}: ${reason}`;
}
