import type { Readable, Writable } from "node:stream"

/**
 * Several streams on one connection, for exec and attach: `kind` (1 byte), length (4 bytes, big endian), payload.
 * Stdin is closed by an empty `stdin` frame; `exit` is JSON and the last frame.
 */
export const frameKind = { stdin: 0, stdout: 1, stderr: 2, exit: 3, resize: 4 } as const
export type FrameKind = (typeof frameKind)[keyof typeof frameKind]

export interface Frame {
  readonly kind: FrameKind
  readonly payload: Buffer
}

export function encodeFrame(kind: FrameKind, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(5 + payload.length)
  frame.writeUInt8(kind, 0)
  frame.writeUInt32BE(payload.length, 1)
  payload.copy(frame, 5)
  return frame
}

/** The frames of a stream until it ends; a frame cut off by the end is dropped with it. */
export async function* readFrames(stream: Readable): AsyncGenerator<Frame> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    held = held.length === 0 ? (chunk as Buffer) : Buffer.concat([held, chunk as Buffer])
    while (held.length >= 5) {
      const end = 5 + held.readUInt32BE(1)
      if (held.length < end) break
      yield { kind: held.readUInt8(0) as FrameKind, payload: held.subarray(5, end) }
      held = held.subarray(end)
    }
  }
}

/** Writes and waits while the other side is slow. False when it is gone. */
export async function writeSlowly(stream: Writable, data: Buffer): Promise<boolean> {
  if (!stream.writable) return false
  if (stream.write(data)) return true
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off("drain", settle)
      stream.off("close", settle)
      resolve(stream.writable)
    }
    stream.on("drain", settle)
    stream.on("close", settle)
  })
}
