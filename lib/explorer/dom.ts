/**
 * What the explorer's page uses of a browser: Deno knows no documents.
 *
 * @module
 */

/** An element, be it a control or not. */
export interface PageElement {
  textContent: string | null;
  innerHTML: string;
  hidden: boolean;
  value: string;
  readonly dataset: Record<string, string | undefined>;
  setAttribute(name: string, value: string): void;
  querySelector(selector: string): PageElement | null;
  getBoundingClientRect(): { left: number; width: number };
  addEventListener(type: string, listener: (event: PageEvent) => unknown): void;
}

/** An event; pointers tell where they are and which buttons are down. */
export interface PageEvent {
  readonly buttons: number;
  readonly clientX: number;
}

/** The window. */
export interface PageWindow {
  readonly location?: { readonly hash: string };
  readonly history: { replaceState(data: null, unused: string, url: string): void };
  readonly navigator: { readonly clipboard: { writeText(text: string): Promise<void> } };
  addEventListener(type: string, listener: () => unknown): void;
}

/** The document. */
export interface PageDocument {
  readonly defaultView: PageWindow | null;
  getElementById(id: string): PageElement | null;
}
