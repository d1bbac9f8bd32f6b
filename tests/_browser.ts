/**
 * A page in a headless browser, asked through its DevTools protocol.
 *
 * @module
 */

import { within } from "./_within.ts";

/** A page that a browser shows. */
export interface BrowserPage extends AsyncDisposable {
  /** The value of a JavaScript expression in the page, as text; promises are awaited. */
  read(expression: string): Promise<string>;
  /** Presses the mouse's left button on the element of a selector. */
  click(selector: string): Promise<void>;
  /** Waits until an expression is true; after so many seconds it throws. */
  until(expression: string, seconds?: number): Promise<void>;
}

/** `$CHROME`, or a browser where Debian and Google install them. */
export async function findBrowser(): Promise<string | undefined> {
  const given = Deno.env.get("CHROME");
  if (given) return given;
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const places = ["/usr/bin/chromium", ...folders.map((folder) => `${folder}/google-chrome`)];
  for (const place of places) {
    if (await Deno.stat(place).then(({ isFile }) => isFile, () => false)) return place;
  }
}

/** Opens an address. */
export async function openBrowser(browser: string, address: string): Promise<BrowserPage> {
  const profile = await Deno.makeTempDir();
  const child = new Deno.Command(browser, {
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--no-first-run",
      "--window-size=1200,1000",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      address,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const port = await portOf(child.stderr);
  const socket = new WebSocket(await pageAddress(port));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.onmessage = ({ data }) => {
    const answer = JSON.parse(data) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  };
  let asked = 0;
  const ask = async (method: string, params: object) => {
    const id = ++asked;
    const answer = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    return (await within(PATIENCE, answer, `an answer to ${JSON.stringify(params)}`)).result;
  };
  const read = async (expression: string) => {
    const { result, exceptionDetails } = await ask("Runtime.evaluate", {
      expression: `Promise.resolve(${expression}).then(String)`,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  };
  return {
    read,
    async click(selector) {
      const element = `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()`;
      const { x, y, width, height } = JSON.parse(await read(`JSON.stringify(${element})`));
      const at = { x: x + width / 2, y: y + height / 2, button: "left", clickCount: 1 };
      await ask("Input.dispatchMouseEvent", { type: "mousePressed", ...at });
      await ask("Input.dispatchMouseEvent", { type: "mouseReleased", ...at });
    },
    async until(expression, seconds = 60) {
      for (const end = Date.now() + 1000 * seconds; await read(expression) !== "true";) {
        if (Date.now() > end) throw new Error(`Not within ${seconds} s: ${expression}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.send(JSON.stringify({ id: ++asked, method: "Browser.close" }));
      await Promise.all([closed, child.status]);
      await Deno.remove(profile, { recursive: true });
    },
  };
}

interface Answer {
  id: number;
  result: { result: { value: string }; exceptionDetails?: unknown };
}

/** The most seconds that a page may take to answer. */
const PATIENCE = 300;

/** The port that the browser says it listens on; the rest of what it says is nobody's business. */
async function portOf(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stderr.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (true) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The browser ended: ${text.slice(-300)}`);
    text += decoder.decode(value, { stream: true });
    const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(text)?.[1];
    if (port === undefined) continue;
    reader.releaseLock();
    stderr.pipeTo(new WritableStream()).catch(() => {});
    return port;
  }
}

/** Where the page listens. */
async function pageAddress(port: string): Promise<string> {
  while (true) {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`);
    const targets = await response.json() as { type: string; webSocketDebuggerUrl: string }[];
    const page = targets.find(({ type }) => type === "page");
    if (page) return page.webSocketDebuggerUrl;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
