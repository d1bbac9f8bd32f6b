/**
 * The question that a leader asks a worker before, and while, it works with it.
 *
 * @module
 */

/** What a worker says of itself. */
export interface Hello {
  /** What answers. */
  worker: "dna";
  /** TensorFlow's version. */
  tensorflow: string;
  /** Which start of the worker this is: another one after it was started again. */
  run: string;
  /** The device that it offers, as `GPU:0`; without it, all its GPUs, else its CPU. */
  device?: string;
}

/** The question. TensorFlow's runtime begins with `PRI`. */
export const QUESTION = "DNA?\n";

/** Longest answer in bytes. */
const LONGEST = 4096;

/** Where a worker is. */
export interface WorkerAddress {
  /** Its name or IP address. */
  hostname: string;
  /** Its port. */
  port: number;
}

/**
 * Asks a worker who it is.
 *
 * @throws {Error} with the rest of a sentence that begins with the worker: why it gives no answer.
 */
export async function askHello(
  { hostname, port }: WorkerAddress,
  milliseconds: number,
): Promise<Hello> {
  let connection: Deno.Conn | undefined;
  const late = new Error(`it gives no answer within ${Math.round(milliseconds / 1000)} s`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let expired = false;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      expired = true;
      reject(late);
    }, milliseconds);
  });
  const ask = async () => {
    const opened = await Deno.connect({ hostname, port });
    if (expired) {
      opened.close();
      throw late;
    }
    connection = opened;
    await opened.write(new TextEncoder().encode(QUESTION));
    let text = "";
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(LONGEST);
    while (!text.includes("\n") && text.length < LONGEST) {
      const count = await opened.read(buffer);
      if (count === null) break;
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return parseHello(text);
  };
  try {
    const asked = ask();
    asked.catch(() => {}); // after the deadline nobody waits for it
    return await Promise.race([asked, deadline]);
  } catch (error) {
    throw new Error(connectReason(error), { cause: error });
  } finally {
    clearTimeout(timer);
    try {
      connection?.close();
    } catch {
      // The other side closed it.
    }
  }
}

function parseHello(text: string): Hello {
  let value: Partial<Hello> | null = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (value?.worker !== "dna" || typeof value.tensorflow !== "string") {
    throw new Error("what listens there is no worker of DNA");
  }
  return value as Hello;
}

function connectReason(error: unknown): string {
  if (error instanceof Deno.errors.ConnectionRefused) return "nothing listens there";
  if (error instanceof Deno.errors.ConnectionReset) return "it closed the connection";
  const message = error instanceof Error ? error.message : String(error);
  if (/lookup|resolve|Name or service|nodename/i.test(message)) return "its name does not resolve";
  return message;
}
