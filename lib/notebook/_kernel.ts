/** Shows a MIME bundle in the running cell, or replaces one that was shown under the same name. */
export type ShowBundle = (
  bundle: Record<string, unknown>,
  options: { raw: true; display_id: string; update?: boolean },
) => Promise<unknown> | unknown;

/** The kernel's own way to show a bundle; nothing outside a kernel. */
export function findDisplay(): ShowBundle | undefined {
  // Reading `Deno.jupyter` outside a kernel throws.
  try {
    const { jupyter } = Deno as unknown as { jupyter: { display: ShowBundle } };
    return (bundle, options) => jupyter.display(bundle, options);
  } catch {
    return undefined;
  }
}

/** Milliseconds that the kernel is given to send what a cell shows before it says that the cell has ended. */
const SENDING = 20;

/** What the kernel calls with a cell's last value, and awaits. */
interface KernelInternals {
  broadcastResult(count: number, result: unknown): Promise<void>;
}

let isMended = false;

/**
 * Lets what a cell shows arrive before the word that the cell has ended.
 *
 * The Deno kernel (seen with 2.9.6) hands outputs to the thread that talks with Jupyter and may say `idle` before they are
 * sent, most often after a busy cell; JupyterLab drops what comes then (tests/lab_test.ts shows it). The kernel awaits the
 * function that broadcasts a result, so that function waits a moment longer.
 */
export function sendBeforeIdle(): void {
  if (isMended) return;
  const { internal } = Deno as unknown as { internal: symbol };
  const { jupyter } = (Deno as unknown as Record<symbol, { jupyter?: KernelInternals }>)[internal];
  if (!jupyter?.broadcastResult) return;
  isMended = true;
  const broadcast = jupyter.broadcastResult;
  jupyter.broadcastResult = async (count, result) => {
    await broadcast(count, result);
    await new Promise((resolve) => setTimeout(resolve, SENDING));
  };
}
