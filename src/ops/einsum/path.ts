/**
 * In which order many operands are contracted, two at a time: the order decides the cost. `ij,jk,k->i` from the
 * right is two products of a matrix and a vector; from the left it begins with one of two matrices.
 */

/** Two entries of a list that begins with the operands, and to which each result is appended. */
export type Pair = readonly [number, number];

/** Up to this many operands all orders are weighed: 3⁸ ways to part the subsets of 8, once an equation. */
const EXACT_LIMIT = 8;

type Labels = ReadonlySet<number>;

/**
 * @param terms the labels of each operand
 * @param output the labels of the result
 * @param sizes the size of each label
 */
export function contractionPath(
  terms: readonly (readonly number[])[],
  output: readonly number[],
  sizes: readonly number[],
): Pair[] {
  if (terms.length < 2) return [];
  if (terms.length === 2) return [[0, 1]];
  const sets = terms.map((labels) => new Set(labels));
  return terms.length <= EXACT_LIMIT
    ? exactPath(sets, new Set(output), sizes)
    : greedyPath(sets, new Set(output), sizes);
}

/** Multiplications in a loop over all these labels: what it costs to contract two operands that have them. */
function loopCost(a: Labels, b: Labels, sizes: readonly number[]): number {
  let cost = 1;
  for (const label of a) cost *= sizes[label];
  for (const label of b) if (!a.has(label)) cost *= sizes[label];
  return cost;
}

/**
 * The order of the fewest multiplications, by dynamic programming over subsets of the operands: the best way to
 * contract a subset joins the best ways for its two best parts (R. N. C. Pfeifer, J. Haegeman, F. Verstraete,
 * "Faster identification of optimal contraction sequences for tensor networks", Phys. Rev. E 90, 2014).
 */
function exactPath(terms: readonly Labels[], output: Labels, sizes: readonly number[]): Pair[] {
  const everything = (1 << terms.length) - 1;
  interface Best {
    /** What is left of the subset once it is contracted: its labels that others, or the output, still need. */
    readonly labels: Labels;
    cost: number;
    /** The subset is this part and the rest of it; 0 for a single operand. */
    part: number;
  }
  const best: Best[] = [];
  for (let subset = 0; subset <= everything; subset++) {
    const inside = terms.filter((_, i) => subset & (1 << i));
    const outside = terms.filter((_, i) => !(subset & (1 << i)));
    const labels = new Set(
      inside.flatMap((term) =>
        [...term].filter((label) => output.has(label) || outside.some((other) => other.has(label))),
      ),
    );
    const found: Best = { labels, cost: inside.length > 1 ? Infinity : 0, part: 0 };
    best.push(found);
    if (inside.length < 2) continue;
    // Parts in descending order, each with its complement once.
    for (let part = (subset - 1) & subset; part > (subset ^ part); part = (part - 1) & subset) {
      const [p, q] = [best[part], best[subset ^ part]];
      const cost = p.cost + q.cost + loopCost(p.labels, q.labels, sizes);
      if (cost < found.cost || found.part === 0) {
        found.cost = cost;
        found.part = part;
      }
    }
  }

  const path: Pair[] = [];
  const contract = (subset: number): number => {
    const { part } = best[subset];
    if (part === 0) return Math.log2(subset);
    const left = contract(part);
    const right = contract(subset ^ part);
    path.push(left < right ? [left, right] : [right, left]);
    return terms.length + path.length - 1;
  };
  contract(everything);
  return path;
}

/**
 * Again and again the pair whose result is smallest beside what it replaces (D. G. A. Smith and J. Gray,
 * "opt_einsum: a Python package for optimizing contraction order for einsum-like expressions", JOSS 3, 2018).
 */
function greedyPath(terms: readonly Labels[], output: Labels, sizes: readonly number[]): Pair[] {
  const all: Labels[] = [...terms];
  let open = terms.map((_, i) => i);
  const path: Pair[] = [];
  const sizeOf = (labels: Labels) => loopCost(labels, new Set(), sizes);
  const remaining = (i: number, j: number): Labels => {
    const others = open.filter((k) => k !== i && k !== j);
    const needed = (label: number) => output.has(label) || others.some((k) => all[k].has(label));
    return new Set([...all[i], ...all[j]].filter(needed));
  };
  while (open.length > 1) {
    let chosen = { pair: [open[0], open[1]] as Pair, growth: Infinity, cost: Infinity };
    for (const i of open) {
      for (const j of open) {
        if (j <= i) continue;
        const growth = sizeOf(remaining(i, j)) - sizeOf(all[i]) - sizeOf(all[j]);
        const cost = loopCost(all[i], all[j], sizes);
        if (growth < chosen.growth || (growth === chosen.growth && cost < chosen.cost))
          chosen = { pair: [i, j], growth, cost };
      }
    }
    const [i, j] = chosen.pair;
    all.push(remaining(i, j));
    open = [...open.filter((k) => k !== i && k !== j), all.length - 1];
    path.push(chosen.pair);
  }
  return path;
}
