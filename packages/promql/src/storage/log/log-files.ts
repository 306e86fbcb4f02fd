/** A folder with the log's files, by names. The log is written over this; `node-files.ts` is the one of a real disk. */
export interface LogFiles {
  list(): readonly string[]
  read(name: string): Uint8Array
  /** A new file; throws when there is one already. */
  create(name: string): LogFile
  /** Cuts a file off behind `length` bytes, for good. */
  truncate(name: string, length: number): void
  remove(name: string): void
}

/** A file that only grows. */
export interface LogFile {
  /** Once it returns, the bytes are the system's: they outlive this process, but not a machine that stops. */
  append(bytes: Uint8Array): void
  /** Once it returns, everything appended outlives the machine's power too. */
  sync(): void
  close(): void
}
