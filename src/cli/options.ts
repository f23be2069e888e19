/** Parsers of command-line values; each throws what commander prints as a usage error. */

import { InvalidArgumentError } from 'commander';

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return value;
}

export function nonNegativeInteger(text: string): number {
  return text === '0' ? 0 : positiveIntegerOr(text, 'It must be a whole number from 0.');
}

function positiveIntegerOr(text: string, rule: string): number {
  try {
    return positiveInteger(text);
  } catch {
    throw new InvalidArgumentError(rule);
  }
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('It must be a number above 0.');
  }
  return value;
}

export function nonNegativeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('It must be a number from 0.');
  }
  return value;
}
