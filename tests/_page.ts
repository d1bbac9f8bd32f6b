/**
 * A page with its script running: in linkedom's document, and in a browser where there is one.
 *
 * @module
 */

import { parseHTML } from "npm:linkedom@0.18.12";
import { pathToFileURL } from "node:url";

/** An open page. */
export interface Page extends AsyncDisposable {
  /** What runs it. */
  readonly engine: "chromium" | "linkedom";
  /** The value of a JavaScript expression in the page, as text. */
  read(expression: string): Promise<string>;
}

/** Opens a page's file in each engine there is. */
export async function* openPages(path: string): AsyncGenerator<Page> {
  yield await openInDocument(path);
  const browser = await findBrowser();
  if (browser) yield await openInBrowser(browser, path);
}

/** `$DNA_CHROMIUM`, or a browser where Debian and Google install them. */
async function findBrowser(): Promise<string | undefined> {
  const given = Deno.env.get("DNA_CHROMIUM");
  if (given) return given;
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const places = ["/usr/bin/chromium", ...folders.map((folder) => `${folder}/google-chrome`)];
  for (const place of places) {
    if (await Deno.stat(place).then(({ isFile }) => isFile, () => false)) return place;
  }
}

/** The page's own script, in a document that knows its elements but neither lays out nor draws. */
async function openInDocument(path: string): Promise<Page> {
  const window = parseHTML(await Deno.readTextFile(path)) as unknown as Record<string, unknown> & {
    document: { querySelector(selector: string): { textContent: string } };
  };
  const script = window.document.querySelector('script[type="module"]').textContent;
  new Function("document", script)(window.document);
  return {
    engine: "linkedom",
    read: (expression) => {
      const value = new Function("document", "Event", `return ${expression};`);
      return Promise.resolve(`${value(window.document, window.Event)}`);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The page in a headless browser, asked through its DevTools protocol. */
async function openInBrowser(browser: string, path: string): Promise<Page> {
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
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      pathToFileURL(path).href,
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
  const read = async (expression: string) => {
    const id = ++asked;
    const answer = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    const params = { expression: `String(${expression})`, returnByValue: true };
    socket.send(JSON.stringify({ id, method: "Runtime.evaluate", params }));
    const { result } = await answer;
    if (result.exceptionDetails) throw new Error(JSON.stringify(result.exceptionDetails));
    return result.result.value;
  };
  const page: Page = {
    engine: "chromium",
    read,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.send(JSON.stringify({ id: ++asked, method: "Browser.close" }));
      await Promise.all([closed, child.status]);
      await Deno.remove(profile, { recursive: true });
    },
  };
  while (await read(`document.getElementById("text")?.textContent ?? ""`) === "") {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return page;
}

interface Answer {
  id: number;
  result: { result: { value: string }; exceptionDetails?: unknown };
}

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
