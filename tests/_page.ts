/**
 * A page with its script running: in linkedom's document, and in a browser where there is one.
 *
 * @module
 */

import { parseHTML } from "npm:linkedom@0.18.12";
import { pathToFileURL } from "node:url";
import { findBrowser, openBrowser } from "./_browser.ts";

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

/** The page in a headless browser, once its script has run. */
async function openInBrowser(browser: string, path: string): Promise<Page> {
  const page = await openBrowser(browser, pathToFileURL(path).href);
  await page.until(`(document.getElementById("text")?.textContent ?? "") !== ""`);
  return { ...page, engine: "chromium" };
}
