/**
 * Paths that begin with the same operation and go on with the same operations in any order cost the same, whatever the unit
 * and the width. There are far fewer such groups than paths: 756 for the 7,776 paths of five layers and six operations.
 */
export interface PathGroups {
  /** Group of each path. */
  of: Uint32Array;
  /** The first path of each group. */
  first: number[];
}

/** Groups the paths of `depth` layers by what they cost. */
export function pathGroups(operations: number, depth: number): PathGroups {
  // How often each operation has occurred after the first layer, as a number for each such count and the count that follows it.
  let level = [new Array<number>(operations).fill(0)];
  let bags: Uint32Array = Uint32Array.of(0);
  for (let layer = 1; layer < depth; layer++) {
    const numbers = new Map<string, number>();
    const next: number[][] = [];
    const following = level.map((counts) =>
      counts.map((_, operation) => {
        const more = counts.with(operation, counts[operation] + 1);
        const key = more.join();
        if (!numbers.has(key)) numbers.set(key, next.push(more) - 1);
        return numbers.get(key)!;
      })
    );
    const longer = new Uint32Array(bags.length * operations);
    bags.forEach((bag, path) => longer.set(following[bag], path * operations));
    level = next;
    bags = longer;
  }
  const of = new Uint32Array(bags.length * operations);
  const first = new Array<number>(level.length * operations);
  for (let path = of.length - 1; path >= 0; path--) {
    const operation = Math.floor(path / bags.length);
    of[path] = operation * level.length + bags[path % bags.length];
    first[of[path]] = path;
  }
  return { of, first };
}

/** Each path in a group of its own, for costs that tell the layers after the first apart. */
export function singleGroups(operations: number, depth: number): PathGroups {
  const paths = operations ** depth;
  const first = Array.from({ length: paths }, (_, path) => path);
  return { of: Uint32Array.from(first), first };
}
