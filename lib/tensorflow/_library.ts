/**
 * TensorFlow's two shared libraries, opened once for the process.
 *
 * @module
 */

import { CC, FRAMEWORK } from "./_symbols.ts";
import { locateTensorFlow } from "./locate.ts";

/** The opened libraries and what is read from them at once. */
export interface Library {
  /** Functions of `libtensorflow_cc`. */
  cc: Deno.DynamicLibrary<typeof CC>["symbols"];
  /** Functions of `libtensorflow_framework`. */
  framework: Deno.DynamicLibrary<typeof FRAMEWORK>["symbols"];
  /** Copies `bytes` bytes from a typed array to native memory. */
  copyIn(destination: bigint, source: ArrayBufferView, bytes: number): void;
  /** Copies `bytes` bytes from native memory to a typed array. */
  copyOut(destination: ArrayBufferView, source: bigint, bytes: number): void;
  /** Native memory of zeros, which lives until it is released whatever becomes of JavaScript's. */
  allocate(bytes: number): bigint;
  /** Frees what {@linkcode Library.allocate} gave. */
  release(pointer: bigint): void;
  /** Calls under way on other threads: each tells whether it has ended. */
  calls: Set<() => boolean>;
  /** TensorFlow's version, as in "2.21.0". */
  version: string;
}

const LIBC = {
  dlopen: { parameters: ["buffer", "i32"], result: "usize" },
  memcpy: { parameters: ["usize", "buffer", "usize"], result: "void" },
  memcpyOut: { name: "memcpy", parameters: ["buffer", "usize", "usize"], result: "void" },
  calloc: { parameters: ["usize", "usize"], result: "usize" },
  free: { parameters: ["usize"], result: "void" },
  mallopt: { parameters: ["i32", "i32"], result: "i32", optional: true },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  usleep: { parameters: ["u32"], result: "i32" },
  on_exit: { parameters: ["pointer", "usize"], result: "i32", optional: true },
  _exit: { type: "pointer" },
} as const;

/**
 * Options of glibc's `mallopt`, which other systems do not have. Left alone, it gives the memory of
 * freed maps back to the system at once, which clears it page by page for the next ones: a fifth of a
 * forward pass. One arena, since those of threads are given back whatever the other options say.
 */
const MALLOC_OPTIONS: [option: number, value: number][] = [
  [-8, 1], // M_ARENA_MAX
  [-3, 1 << 25], // M_MMAP_THRESHOLD: its largest value, 32 MiB
  [-1, 1 << 30], // M_TRIM_THRESHOLD: 1 GiB may stay free
];

// RTLD_NOW | RTLD_NODELETE. Deno closes its libraries when it ends, while TensorFlow's threads still
// run in them: a signal 11 on every exit. A library that is pinned stays mapped.
const PIN: Record<string, number> = { linux: 0x1002, darwin: 0x82 };

let opened: Library | undefined;

/** A zero-terminated UTF-8 copy of a text, for a `const char*`. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}

/**
 * Opens TensorFlow's libraries; a second call gives the same ones.
 *
 * @throws {Error} if TensorFlow is not set up, or its libraries cannot be opened.
 */
export function openLibrary(): Library {
  if (opened) return opened;
  const found = locateTensorFlow();
  // Warnings and errors of kernels reach the caller as an Error: the start-up log says nothing more.
  if (Deno.env.get("TF_CPP_MIN_LOG_LEVEL") === undefined) {
    Deno.env.set("TF_CPP_MIN_LOG_LEVEL", "3");
  }
  const libc = Deno.dlopen(
    Deno.build.os === "darwin" ? "libSystem.dylib" : "libc.so.6",
    LIBC,
  ).symbols;
  for (const [option, value] of MALLOC_OPTIONS) libc.mallopt?.(option, value);
  const pin = (path: string) => {
    if (libc.dlopen(cString(path), PIN[Deno.build.os] ?? PIN.linux) === 0n) {
      throw new Error(
        `Cannot open TensorFlow's library ${path}: the file is broken or made for another platform; ` +
          "remove its folder and run `npx -y deno task setup`",
      );
    }
    return path;
  };
  const [framework, cc] = withoutLog(libc, () =>
    [
      Deno.dlopen(pin(found.framework), FRAMEWORK).symbols,
      Deno.dlopen(pin(found.cc), CC).symbols,
    ] as const);
  const calls = new Set<() => boolean>();
  endInOrder(libc, calls);
  opened = {
    cc,
    framework,
    copyIn: (destination, source, bytes) =>
      libc.memcpy(destination, source as Uint8Array<ArrayBuffer>, BigInt(bytes)),
    copyOut: (destination, source, bytes) =>
      libc.memcpyOut(destination as Uint8Array<ArrayBuffer>, source, BigInt(bytes)),
    allocate: (bytes) => libc.calloc(1n, BigInt(bytes)),
    release: libc.free,
    calls,
    version: readCString(cc.TF_Version()),
  };
  return opened;
}

/**
 * Opens the libraries with the log turned away. As they are opened, before any function of theirs could be
 * called, they write on some processors that oneDNN is in use, whatever the log's level.
 */
function withoutLog<R>(libc: Deno.DynamicLibrary<typeof LIBC>["symbols"], open: () => R): R {
  if (Number(Deno.env.get("TF_CPP_MIN_LOG_LEVEL")) < 1) return open();
  const STDERR = 2;
  const WRITE_ONLY = 1;
  const nowhere = libc.open(cString("/dev/null"), WRITE_ONLY);
  const stderr = libc.dup(STDERR);
  if (nowhere >= 0 && stderr >= 0) libc.dup2(nowhere, STDERR);
  try {
    return open();
  } finally {
    if (nowhere >= 0 && stderr >= 0) libc.dup2(stderr, STDERR);
    for (const file of [nowhere, stderr]) if (file >= 0) libc.close(file);
  }
}

/** Longest that the end of the process waits for calls under way. */
const LAST_CALLS_MS = 30_000;

/**
 * Lets the process end while TensorFlow is at work, as an uncaught error does: the destructors of its
 * libraries would take their tables from below calls on other threads. So the end waits for those calls,
 * and `on_exit` (glibc) then calls `_exit` with the status before any destructor registered earlier.
 */
function endInOrder(
  libc: Deno.DynamicLibrary<typeof LIBC>["symbols"],
  calls: ReadonlySet<() => boolean>,
): void {
  for (const event of ["error", "unhandledrejection", "unload"]) {
    globalThis.addEventListener(event, () => {
      const latest = performance.now() + LAST_CALLS_MS;
      while (performance.now() < latest && [...calls].some((ended) => !ended())) libc.usleep(1000);
      libc.on_exit?.(libc._exit, 0n);
    });
  }
}

/** The text that a `const char*` points to; empty for a null pointer. */
export function readCString(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : new Deno.UnsafePointerView(pointer).getCString();
}
