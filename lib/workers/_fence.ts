/**
 * A fence around the port of TensorFlow's runtime, which listens on every address of a machine and knows no
 * passwords: a packet filter on its socket that lets only this machine in.
 *
 * @module
 */

/** `struct sock_filter`: code, jump if true, jump if false, operand. */
type Instruction = [code: number, ifTrue: number, ifFalse: number, operand: number];

// linux/filter.h: packet data are addressed from the network header.
const NET = 0xfff00000;
const [LOAD_BYTE, LOAD_WORD, AND, SHIFT, EQUAL, RETURN] = [0x30, 0x20, 0x54, 0x74, 0x15, 0x06];

/** Lets packets through that come from 127.0.0.0/8 or ::1. */
const FROM_LOOPBACK: readonly Instruction[] = [
  [LOAD_BYTE, 0, 0, NET],
  [SHIFT, 0, 0, 4],
  [EQUAL, 4, 0, 6], // IP version 6: on to its address
  [LOAD_WORD, 0, 0, NET + 12],
  [AND, 0, 0, 0xff000000],
  [EQUAL, 9, 0, 0x7f000000],
  [RETURN, 0, 0, 0],
  [LOAD_WORD, 0, 0, NET + 8],
  [EQUAL, 0, 7, 0],
  [LOAD_WORD, 0, 0, NET + 12],
  [EQUAL, 0, 5, 0],
  [LOAD_WORD, 0, 0, NET + 16],
  [EQUAL, 0, 3, 0],
  [LOAD_WORD, 0, 0, NET + 20],
  [EQUAL, 0, 1, 1],
  [RETURN, 0, 0, 0xffffffff],
  [RETURN, 0, 0, 0],
];

const [SOL_SOCKET, SO_ATTACH_FILTER] = [1, 26];

/**
 * Lets only this machine reach a port on which this process listens.
 *
 * @throws {Error} where that cannot be had: elsewhere than on Linux, or if no socket of this process listens there.
 */
export function fence(port: number): void {
  if (Deno.build.os !== "linux") {
    throw new Error(
      "Cannot keep others out of TensorFlow's runtime: that needs Linux, where a socket has a filter",
    );
  }
  const sockets = listeningSockets(port);
  if (sockets.length === 0) {
    throw new Error(
      `Cannot keep others out of port ${port}: nothing of this process listens there`,
    );
  }
  const libc = Deno.dlopen("libc.so.6", {
    setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  });
  try {
    const filter = new Uint8Array(8 * FROM_LOOPBACK.length);
    const view = new DataView(filter.buffer);
    FROM_LOOPBACK.forEach(([code, ifTrue, ifFalse, operand], i) => {
      view.setUint16(8 * i, code, true);
      view.setUint8(8 * i + 2, ifTrue);
      view.setUint8(8 * i + 3, ifFalse);
      view.setUint32(8 * i + 4, operand, true);
    });
    const program = new BigUint64Array([
      BigInt(FROM_LOOPBACK.length),
      Deno.UnsafePointer.value(Deno.UnsafePointer.of(filter)),
    ]);
    for (const socket of sockets) {
      const bytes = new Uint8Array(program.buffer);
      const code = libc.symbols.setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, bytes, 16);
      if (code !== 0) {
        throw new Error(`Cannot keep others out of port ${port}: the system refuses a filter`);
      }
    }
  } finally {
    libc.close();
  }
}

/** File descriptors of this process's sockets that listen on a port. */
function listeningSockets(port: number): number[] {
  const LISTENS = "0A";
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = new Set<string>();
  for (const table of ["/proc/self/net/tcp", "/proc/self/net/tcp6"]) {
    for (const line of Deno.readTextFileSync(table).split("\n").slice(1)) {
      const columns = line.trim().split(/\s+/);
      if (columns[1]?.endsWith(`:${hex}`) && columns[3] === LISTENS) inodes.add(columns[9]);
    }
  }
  return [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(Deno.readLinkSync(`/proc/self/fd/${name}`)) ?? [];
      return inode !== undefined && inodes.has(inode) ? [Number(name)] : [];
    } catch {
      return []; // closed meanwhile
    }
  });
}
