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
