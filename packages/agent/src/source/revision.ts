import { setImmediate as nextTurn } from "node:timers/promises"
import { isManifestPath, parseManifests, type ManifestProblem, type ParsedFile, type SourceManifest } from "@serin/core"
import type { Snapshot } from "../git/index.ts"
import type { Revision } from "../parts.ts"

/** Parsing a thousand files takes a second: after this many milliseconds of it the Lease, watches and the API get their turn. */
const turnMs = 50

/** Parses trees; a file is parsed once as long as it is in the tree that was read last. */
export class RevisionReader {
  #parsed = new Map<string, ParsedFile>()

  async read(snapshot: Snapshot, path: string): Promise<Revision> {
    let began = performance.now()
    const parsed = new Map<string, ParsedFile>()
    const manifests: SourceManifest[] = []
    const problems: ManifestProblem[] = []
    for (const [file, text] of snapshot.files) {
      if (!isManifestFile(file)) continue
      if (performance.now() - began > turnMs) {
        await nextTurn()
        began = performance.now()
      }
      const key = `${snapshot.entries.get(file)?.id ?? ""} ${file}`
      const one = this.#parsed.get(key) ?? parseManifests(file, text)
      parsed.set(key, one)
      manifests.push(...one.manifests)
      problems.push(...one.problems)
    }
    for (const [file, reason] of snapshot.skipped) {
      if (isManifestFile(file)) problems.push({ path: file, line: 1, message: reason })
    }
    if (manifests.length === 0 && problems.length === 0) problems.push(nothingThere(path))
    this.#parsed = parsed
    return { commit: snapshot.revision, tree: snapshot, manifests, problems }
  }
}

function isManifestFile(file: string): boolean {
  return isManifestPath(file) || file.endsWith("/Kustomization")
}

/** An empty tree would remove everything; it is never what someone meant by moving a folder. */
function nothingThere(path: string): ManifestProblem {
  const where = path === "" ? "the repository holds" : `the folder holds`
  return { path: path === "" ? "." : path, line: 1, message: `${where} no manifests; is spec.path right?` }
}
