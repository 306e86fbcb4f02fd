import { randomUUID } from "node:crypto"
import { createReadStream, createWriteStream } from "node:fs"
import { mkdir, rename } from "node:fs/promises"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import tar, { type Pack } from "tar-stream"
import { Digester, mediaTypes, parseDigest, type Descriptor, type Digest } from "../../oci/index.ts"

/** One entry of a layer. Paths without a slash at either end. */
export type LayerEntry = {
  readonly path: string
  readonly uid?: number
  readonly gid?: number
} & (
  | { readonly kind: "file"; readonly mode: number; readonly size: number; readonly file: string }
  | { readonly kind: "text"; readonly mode: number; readonly text: string }
  | { readonly kind: "folder"; readonly mode: number }
  | { readonly kind: "link"; readonly target: string }
  /** Removes what lower layers have at this path. */
  | { readonly kind: "whiteout" }
)

/** A layer that was built here; not compressed, so its digest is its diff id. */
export interface BuiltLayer {
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly file: string
}

/**
 * Writes a layer whose bytes depend on nothing but its entries and the time: sorted by path, one time for all, no names of
 * users, and not compressed, since no two versions of zlib compress alike. Registries and runtimes take it as it is.
 */
export async function writeLayer(entries: readonly LayerEntry[], at: Date, folder: string): Promise<BuiltLayer> {
  await mkdir(folder, { recursive: true })
  const pack = tar.pack()
  const digester = new Digester()
  const staged = join(folder, `.${randomUUID()}`)
  const measured = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      digester.update(chunk)
      yield chunk
    }
  }
  const written = pipeline(pack as AsyncIterable<Buffer>, measured, createWriteStream(staged))
  const packed = packAll(pack, entries, at).catch((error: unknown) => {
    pack.destroy(error instanceof Error ? error : new Error(String(error)))
    throw error
  })
  await Promise.all([packed, written])
  const digest = digester.digest()
  const file = layerFile(folder, digest)
  await rename(staged, file)
  return { descriptor: { mediaType: mediaTypes.layer, digest, size: digester.size }, diffId: digest, file }
}

/** Where a layer with this digest lies when it was built here. */
function layerFile(folder: string, digest: Digest): string {
  return join(folder, `${parseDigest(digest)?.hex}.tar`)
}

async function packAll(pack: Pack, entries: readonly LayerEntry[], at: Date): Promise<void> {
  // The last one for a path counts, as with several sources of one COPY.
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  for (const entry of [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))) await packEntry(pack, entry, at)
  pack.finalize()
}

async function packEntry(pack: Pack, entry: LayerEntry, mtime: Date): Promise<void> {
  const common = { name: entry.path, mtime, uid: entry.uid ?? 0, gid: entry.gid ?? 0 }
  switch (entry.kind) {
    case "folder":
      pack.entry({ ...common, name: `${entry.path}/`, type: "directory", mode: entry.mode })
      return
    case "link":
      pack.entry({ ...common, type: "symlink", linkname: entry.target, mode: 0o777 })
      return
    case "whiteout": {
      const slash = entry.path.lastIndexOf("/") + 1
      pack.entry({ ...common, name: `${entry.path.slice(0, slash)}.wh.${entry.path.slice(slash)}`, mode: 0o644 }, "")
      return
    }
    case "text":
      pack.entry({ ...common, mode: entry.mode }, entry.text)
      return
    case "file": {
      const { mode, size, file } = entry
      await pipeline(createReadStream(file), pack.entry({ ...common, mode, size }) as unknown as NodeJS.WritableStream)
    }
  }
}
