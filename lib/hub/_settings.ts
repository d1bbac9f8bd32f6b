import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** What the environment says of the hub, by the names that Hugging Face's own library gives. */
export interface HubSettings {
  /** Where the hub is; ends with a slash. */
  endpoint: URL;
  /** Whether nothing may be fetched. */
  offline: boolean;
  /** Hugging Face's own cache. */
  cache: string;
  /** Proves who asks; sent to the endpoint alone. */
  token: string | undefined;
}

const YES = ["1", "true", "yes", "on"];

/**
 * Reads `HF_ENDPOINT`, `HF_HUB_OFFLINE`, `HF_HUB_CACHE`, `HF_HOME`, `HF_TOKEN` and the token's
 * file.
 */
export function readHubSettings(): HubSettings {
  const home = hubHome();
  return {
    endpoint: readEndpoint(Deno.env.get("HF_ENDPOINT") || "https://huggingface.co"),
    offline: YES.includes((Deno.env.get("HF_HUB_OFFLINE") ?? "").toLowerCase()),
    cache: resolve(Deno.env.get("HF_HUB_CACHE") || join(home, "hub")),
    token: readToken(home),
  };
}

function hubHome(): string {
  const chosen = Deno.env.get("HF_HOME");
  if (chosen) return resolve(chosen);
  return join(Deno.env.get("XDG_CACHE_HOME") || join(homedir(), ".cache"), "huggingface");
}

function readEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(`${text.replace(/\/+$/, "")}/`) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new RangeError(
      `Cannot use HF_ENDPOINT ${
        JSON.stringify(text)
      }: an address such as https://huggingface.co fits`,
    );
  }
  return url;
}

function readToken(home: string): string | undefined {
  const given = Deno.env.get("HF_TOKEN")?.trim();
  if (given) return checkToken(given, "HF_TOKEN");
  const path = Deno.env.get("HF_TOKEN_PATH") || join(home, "token");
  let text: string;
  try {
    text = Deno.readTextFileSync(path).trim();
  } catch {
    return undefined;
  }
  return text ? checkToken(text, path) : undefined;
}

/** The token as it can stand in a header; the message does not tell it. */
function checkToken(token: string, place: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new RangeError(
    `Cannot use the token in ${place}: it holds spaces or other characters that no token has`,
  );
}
