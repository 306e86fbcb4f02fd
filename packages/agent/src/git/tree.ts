import type { Tree } from "@serin/core"
import { ok, type Result } from "../errors.ts"
import { gitFailure } from "./failure.ts"
import type { Git } from "./git.ts"

/** A Tree with what is needed to write to it and to say what it leaves out. */
export interface Snapshot extends Tree {
  readonly entries: ReadonlyMap<string, TreeEntry>
  /** Files that `files` does not hold, each with the reason. */
  readonly skipped: ReadonlyMap<string, string>
}

export interface TreeEntry {
  /** `100644`, `100755`, `120000` (symbolic link), `160000` (submodule). */
  readonly mode: string
  readonly id: string
  readonly size: number
}

/** Larger files are no manifests, and nothing that Serin edits. */
const maxBytes = 4 << 20

/** Reads trees of one clone; blobs are kept by id, so a revision costs only what changed in it. */
export class TreeReader {
  readonly #git: Git
  readonly #clone: string
  #blobs = new Map<string, string | null>()

  constructor(git: Git, clone: string) {
    this.#git = git
    this.#clone = clone
  }

  /** The files below `path` ("" for all) at a commit. */
  async read(commit: string, path: string): Promise<Result<Snapshot>> {
    const listed = await this.#git.run({
      args: ["ls-tree", "-r", "-z", "-l", "--full-tree", commit, ...(path === "" ? [] : ["--", `${path}/`])],
      cwd: this.#clone,
    })
    if (listed.code !== 0) return { ok: false, error: gitFailure(`reading commit ${commit}`, listed.stderr) }
    const entries = parseEntries(listed.stdout.toString("utf8"))
    const skipped = new Map<string, string>()
    const wanted = new Map<string, string>()
    for (const [file, entry] of entries) {
      const reason = reasonToSkip(entry)
      if (reason) skipped.set(file, reason)
      else wanted.set(file, entry.id)
    }
    const blobs = await this.#read(new Set(wanted.values()))
    if (!blobs.ok) return blobs
    const files = new Map<string, string>()
    for (const [file, id] of wanted) {
      const text = blobs.value.get(id)
      if (typeof text === "string") files.set(file, text)
      else skipped.set(file, "it is not UTF-8 text")
    }
    return ok({ revision: commit, files, entries, skipped })
  }

  async #read(ids: ReadonlySet<string>): Promise<Result<ReadonlyMap<string, string | null>>> {
    const missing = [...ids].filter((id) => !this.#blobs.has(id))
    const found = new Map<string, string | null>()
    for (const id of ids) {
      const known = this.#blobs.get(id)
      if (known !== undefined) found.set(id, known)
    }
    if (missing.length > 0) {
      const args = ["cat-file", "--batch"]
      const output = await this.#git.run({ args, cwd: this.#clone, input: `${missing.join("\n")}\n` })
      if (output.code !== 0) return { ok: false, error: gitFailure("reading files", output.stderr) }
      for (const answer of parseBatch(output.stdout)) if (answer) found.set(answer.id, decode(answer.bytes))
      // A file that is merely left out would count as removed from Git.
      const lost = missing.find((id) => !found.has(id))
      if (lost) return { ok: false, error: gitFailure("reading files", `fatal: missing blob ${lost}`) }
    }
    // What this tree does not use is let go: the cache is as large as the tree.
    this.#blobs = found
    return ok(found)
  }
}

function reasonToSkip({ mode, size }: TreeEntry): string | undefined {
  if (mode === "120000") return "it is a symbolic link: commit the file itself"
  if (mode === "160000") return "it is a submodule: commit its files"
  if (size > maxBytes) return `it is larger than ${maxBytes >> 20} MiB`
  return undefined
}

/** Lines of `ls-tree -l -z`: `mode type id size TAB path NUL`. */
function parseEntries(listing: string): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>()
  for (const line of listing.split("\0")) {
    const tab = line.indexOf("\t")
    if (tab < 0) continue
    const [mode = "", , id = "", size = ""] = line.slice(0, tab).split(/ +/)
    entries.set(line.slice(tab + 1), { mode, id, size: Number(size) || 0 })
  }
  return entries
}

/** One answer for each question, in order: `id type size LF content LF`; `question missing LF` for what is not there. */
export function* parseBatch(output: Buffer): Generator<{ readonly id: string; readonly bytes: Buffer } | undefined> {
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at)
    const header = output.subarray(at, end).toString("utf8")
    at = end + 1
    const found = /^([0-9a-f]{40,}) (\w+) (\d+)$/.exec(header)
    if (found === null) {
      yield undefined
      continue
    }
    const [, id = "", type, size] = found
    const length = Number(size)
    yield type === "blob" ? { id, bytes: output.subarray(at, at + length) } : undefined
    at += length + 1
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export function decode(bytes: Buffer): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}
