/**
 * A Hugging Face hub for tests: an endpoint that leads to another origin for the content, as the
 * real one does.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { sha256 } from "../mod.ts";

/** What a test's hub does; a test changes it as it goes. */
export interface HubBehaviour {
  /** The content behind every name. */
  content: Uint8Array<ArrayBuffer>;
  /** Answers of the endpoint that are none. */
  status?: number;
  /** Its `x-error-code`. */
  errorCode?: string;
  /** Other headers than the right ones. */
  headers?: Record<string, string>;
  /** The endpoint gives the content itself, as it does with small files. */
  small?: boolean;
  /** The connection is cut after so many bytes, for each request in turn. */
  cuts?: number[];
  /** The content server does not know ranges. */
  noRanges?: boolean;
  /** The content that is sent, where it is not the right one. */
  sent?: Uint8Array<ArrayBuffer>;
  /** Milliseconds before the content comes. */
  delay?: number;
}

/** A request as it came. */
export interface Seen {
  server: "endpoint" | "content";
  method: string;
  path: string;
  authorization: string | null;
  range: string | null;
}

/** A hub with its folders, and what it has seen. */
export interface TestHub {
  endpoint: string;
  behaviour: HubBehaviour;
  seen: Seen[];
  /** `DNA_HOME` meanwhile. */
  home: string;
  /** `HF_HOME` meanwhile. */
  theirs: string;
}

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Runs `body` beside a hub, with an environment of its own. */
export async function withHub(
  content: Uint8Array<ArrayBuffer>,
  body: (hub: TestHub) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const behaviour: HubBehaviour = { content };
  const seen: Seen[] = [];
  const see = (server: Seen["server"], { method, url, headers }: Request) =>
    seen.push({
      server,
      method,
      path: decodeURIComponent(new URL(url).pathname),
      authorization: headers.get("authorization"),
      range: headers.get("range"),
    });
  const listen = (handler: (request: Request) => Response | Promise<Response>) =>
    Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  const contentServer = listen((request) => {
    see("content", request);
    return giveContent(behaviour, request);
  });
  const hubServer = listen((request) => {
    see("endpoint", request);
    return giveAnswer(behaviour, request, contentServer.addr.port);
  });
  const hub: TestHub = {
    endpoint: `http://127.0.0.1:${hubServer.addr.port}`,
    behaviour,
    seen,
    home: join(folder, "home"),
    theirs: join(folder, "theirs"),
  };
  const environment = {
    DNA_HOME: hub.home,
    HF_HOME: hub.theirs,
    HF_ENDPOINT: hub.endpoint,
    HF_TOKEN: "",
    HF_TOKEN_PATH: "",
    HF_HUB_CACHE: "",
    HF_HUB_OFFLINE: "",
    NO_PROXY: "127.0.0.1",
  };
  const before = Object.keys(environment).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  try {
    await body(hub);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Promise.all([hubServer.shutdown(), contentServer.shutdown()]);
    await Deno.remove(folder, { recursive: true });
  }
}

/** The endpoint: headers about the file, and the way to it. */
function giveAnswer(behaviour: HubBehaviour, request: Request, port: number): Response {
  const { content, status, errorCode, headers, small } = behaviour;
  if (status) {
    return new Response(null, { status, headers: errorCode ? { "x-error-code": errorCode } : {} });
  }
  const path = new URL(request.url).pathname;
  if (path.startsWith("/old/")) { // a repository that was renamed
    return new Response(null, { status: 307, headers: { location: path.replace("old", "me") } });
  }
  if (small) {
    const etag = `"${gitHash(content)}"`;
    return new Response(request.method === "HEAD" ? null : content, {
      headers: { etag, "content-length": `${content.length}`, ...headers },
    });
  }
  return new Response(null, {
    status: 302,
    headers: {
      location: `http://127.0.0.1:${port}${path}?signature=secret`,
      "x-repo-commit": COMMIT,
      "x-linked-size": `${content.length}`,
      "x-linked-etag": `"${sha256(content)}"`,
      ...headers,
    },
  });
}

/** The content server: ranges, and connections that break. */
async function giveContent(behaviour: HubBehaviour, request: Request): Promise<Response> {
  const { content, sent = content, noRanges, cuts, delay } = behaviour;
  if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
  const range = noRanges ? null : /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "");
  const from = range ? Number(range[1]) : 0;
  if (range && from >= sent.length) return new Response(null, { status: 416 });
  const bytes = sent.subarray(from);
  const headers: Record<string, string> = { "content-length": `${bytes.length}` };
  if (range) headers["content-range"] = `bytes ${from}-${sent.length - 1}/${sent.length}`;
  const cut = cuts?.shift();
  // A stream that ends before the promised length is a connection that breaks.
  const body = cut === undefined ? bytes : new Blob([bytes.subarray(0, cut)]).stream();
  return new Response(body, { status: range ? 206 : 200, headers });
}

/** Git's hash of a file with this content. */
function gitHash(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}
