import { Writable } from "node:stream"

export interface SinkActions {
  write(this: void, chunk: Buffer): Promise<unknown>
  /** After the last write. */
  end?(this: void): Promise<unknown>
}

/** A stream to write to whose writes are promises, one at a time; a rejection is the stream's error. */
export function sinkOf({ write, end }: SinkActions): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => void settle(write(chunk), done),
    final: (done) => void settle(end?.() ?? Promise.resolve(), done),
  })
}

async function settle(work: Promise<unknown>, done: (error?: Error) => void): Promise<void> {
  try {
    await work
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)))
    return
  }
  done()
}
