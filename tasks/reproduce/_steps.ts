/**
 * What a reproduction is made of, in the order of its work.
 *
 * @module
 */

/** The notebooks in the order of the page: the paper's, `start-here` only where it is asked for. */
const ORDER = [
  "start-here",
  "figure-1",
  "figure-2",
  "table-1",
  "table-2",
  "figure-3",
  "table-3",
  "figure-4",
  "figure-5",
  "figure-6",
  "table-4",
  "table-5",
  "figure-7",
];

/** Notebooks that show the shared run, or networks of its front that were trained. */
const OF_RUN = ["figure-1", "figure-2", "table-2", "figure-3"];
const OF_FRONT = ["figure-3"];

/** A piece of the work. */
export interface Step {
  /** What is done: the shared run, the trainings of its front, an experiment, or a notebook. */
  kind: "run" | "front" | "experiment" | "notebook";
  /** `figure-4`, or the kind where there is one of it. */
  name: string;
}

/** The notebooks of a page in its order; those that the order does not know come last, by name. */
export function pageOrder(names: readonly string[]): string[] {
  const place = (name: string) => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);
  return [...names].sort((a, b) =>
    (ORDER.includes(a) ? place(a) : Infinity) - (ORDER.includes(b) ? place(b) : Infinity) ||
    a.localeCompare(b)
  );
}

/** The notebooks that are done where none is named. */
export function usualNotebooks(known: readonly string[]): string[] {
  return pageOrder(known.filter((name) => name !== "start-here"));
}

/** The steps for some notebooks: what they show first, each once, and then the notebooks. */
export function stepsFor(names: readonly string[], experiments: readonly string[]): Step[] {
  const some = (list: readonly string[]) => names.some((name) => list.includes(name));
  return [
    ...(some(OF_RUN) ? [{ kind: "run", name: "run" } as const] : []),
    ...(some(OF_FRONT) ? [{ kind: "front", name: "front" } as const] : []),
    ...pageOrder(names.filter((name) => experiments.includes(name)))
      .map((name): Step => ({ kind: "experiment", name })),
    ...pageOrder(names).map((name): Step => ({ kind: "notebook", name })),
  ];
}

/** What a notebook's outputs follow from, beside its own text and the library. */
export function needsOf(name: string, experiments: readonly string[]): Step[] {
  return stepsFor([name], experiments).filter(({ kind }) => kind !== "notebook");
}
