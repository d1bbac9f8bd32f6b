/** An error that a cell shows as one sentence, without a stack: for what its reader can put right. */
export function sentence<E extends Error>(error: E): E {
  error.stack = `${error.name}: ${error.message}`;
  return error;
}
