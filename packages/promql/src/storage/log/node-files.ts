import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs"
import { join } from "node:path"
import type { LogFile, LogFiles } from "./log-files.ts"

/** A folder of the disk, made if it is not there. */
export function nodeFiles(folder: string): LogFiles {
  mkdirSync(folder, { recursive: true })
  return {
    list: () => readdirSync(folder),
    read: (name) => readFileSync(join(folder, name)),
    create: (name) => appending(openSync(join(folder, name), "wx"), folder),
    truncate: (name, length) => truncateSync(join(folder, name), length),
    remove: (name) => rmSync(join(folder, name)),
  }
}

function appending(file: number, folder: string): LogFile {
  return {
    append(bytes) {
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
    },
    sync() {
      fsyncSync(file)
      syncFolder(folder)
    },
    close: () => closeSync(file),
  }
}

/** That a file is there at all is written in its folder. */
function syncFolder(folder: string): void {
  // Windows opens no folders, and needs no such thing.
  if (process.platform === "win32") return
  const opened = openSync(folder, "r")
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
