import { describeError } from "../files.ts";
import type { HubSettings } from "./_settings.ts";
import type { HubFile } from "./name.ts";
import { formatHubName } from "./name.ts";

const MOST_REDIRECTS = 5;
const ANSWER_MS = 20_000;

/**
 * The network or the server failed, so that it is worth while to try again; the message is a
 * clause.
 */
export class NetworkError extends Error {}

/** A hash that the hub gives: of the content, or of git's object with the content. */
export interface Hash {
  /** The algorithm. */
  kind: "sha256" | "git-sha1";
  /** Lower-case hexadecimal digits. */
  digits: string;
}

/** What the hub says of a file. */
export interface RemoteFile {
  /** Where to ask for it. */
  url: URL;
  /** Bytes. */
  size: number;
  /** Hash of its content. */
  hash: Hash;
  /** The commit that the revision is at, where the hub says so. */
  commit: string | undefined;
}

/** Where the hub gives a file. */
export function fileUrl({ endpoint }: HubSettings, { repository, revision, file }: HubFile): URL {
  const path = file.split("/").map(encodeURIComponent).join("/");
  return new URL(`${repository}/resolve/${encodeURIComponent(revision)}/${path}`, endpoint);
}

/** Asks for size and hash of a file. */
export async function askAbout(
  file: HubFile,
  settings: HubSettings,
  signal?: AbortSignal,
): Promise<RemoteFile> {
  const url = fileUrl(settings, file);
  const start = `Cannot fetch ${formatHubName(file)}`;
  const response = await request(url, { method: "HEAD" }, settings, signal);
  await response.body?.cancel();
  if (response.status >= 400) throw explainStatus(response, file, settings);
  const { headers, status } = response;
  // The length of a redirect is its own.
  const length = status < 300 ? headers.get("content-length") : null;
  const size = Number(headers.get("x-linked-size") ?? length ?? NaN);
  const hash = readHash(headers.get("x-linked-etag") ?? headers.get("etag") ?? "");
  if (!Number.isSafeInteger(size) || size < 0 || !hash) {
    throw new Error(
      `${start}: ${settings.endpoint.host} does not say its size and hash, so that it could not ` +
        "be checked",
    );
  }
  return { url, size, hash, commit: headers.get("x-repo-commit") ?? undefined };
}

/** Large files have the SHA-256 of their content as tag, small ones git's hash. */
function readHash(tag: string): Hash | undefined {
  const digits = tag.replace(/^W\//, "").replaceAll('"', "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return { kind: "sha256", digits };
  if (/^[0-9a-f]{40}$/.test(digits)) return { kind: "git-sha1", digits };
  return undefined;
}

/**
 * A request that follows redirects by hand: the token goes to the endpoint's own origin and nowhere
 * else. A HEAD request ends where the hub tells about the file, before it leads elsewhere.
 */
export async function request(
  url: URL,
  { method, headers = {} }: { method: "HEAD" | "GET"; headers?: Record<string, string> },
  { endpoint, token }: HubSettings,
  signal?: AbortSignal,
): Promise<Response> {
  for (let at = url, redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const own = at.origin === endpoint.origin;
    const response = await answer(at, {
      method,
      redirect: "manual",
      headers: {
        ...headers,
        "accept-encoding": "identity",
        ...(own && token && { authorization: `Bearer ${token}` }),
      },
    }, signal);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || !location) return response;
    if (method === "HEAD" && response.headers.has("x-linked-etag")) return response;
    await response.body?.cancel();
    const next = URL.parse(location, at);
    if (!next || !/^https?:$/.test(next.protocol) || next.protocol < at.protocol) {
      throw new Error(`Cannot fetch ${url}: ${at.host} leads to an address that is not safe`);
    }
    at = next;
  }
  throw new Error(`Cannot fetch ${url}: it leads to more than ${MOST_REDIRECTS} other addresses`);
}

/** An answer's head within some time. */
async function answer(url: URL, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  const slow = new AbortController();
  const timer = setTimeout(
    () => slow.abort(new NetworkError(`no answer within ${ANSWER_MS / 1000} s`)),
    ANSWER_MS,
  );
  try {
    return await fetch(url, {
      ...init,
      signal: signal ? AbortSignal.any([signal, slow.signal]) : slow.signal,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new NetworkError(`${url.host} cannot be reached (${reason(error)})`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Why a request failed: the innermost cause, without the address, which may hold a signature. */
function reason(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return describeError(inner).replace(/^error sending request for url.*?client error \(\w+\): /, "")
    .replace(/https?:\/\/\S+/g, "").trim();
}

/** One sentence for an answer that is none. */
export function explainStatus(
  { status, headers }: Response,
  file: HubFile,
  { endpoint, token }: HubSettings,
): Error {
  const start = `Cannot fetch ${formatHubName(file)}: `;
  const page = `${endpoint}${file.repository}`;
  const code = headers.get("x-error-code");
  const login = token
    ? "the token (HF_TOKEN) may not read it"
    : "set HF_TOKEN to a token that may read it";
  if (status === 401 || (status === 403 && !token)) {
    return new Error(
      `${start}${endpoint.host} answers ${status}: the repository does not exist, or it is not ` +
        `public and ${login}`,
    );
  }
  if (status === 403) {
    return new Error(
      `${start}${endpoint.host} answers 403: ${login}; its terms may have to be accepted first, ` +
        `at ${page}`,
    );
  }
  if (status === 404) {
    const missing = code === "EntryNotFound"
      ? `the repository has no file ${file.file} at revision ${file.revision}`
      : code === "RevisionNotFound"
      ? `the repository has no revision ${file.revision}`
      : `${page} does not exist, or has no revision ${file.revision} or no file ${file.file}`;
    return new Error(`${start}${missing} (404)`);
  }
  const clause = `${endpoint.host} answers ${status}`;
  return status >= 500 || status === 429
    ? new NetworkError(clause)
    : new Error(`${start}${clause}`);
}
