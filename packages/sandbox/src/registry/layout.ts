import { join } from "node:path"
import { parseDigest, type Digest } from "../oci/index.ts"

/**
 * Where things lie in the data folder. Content is stored once by digest; a repository holds links to what was pushed or
 * mounted into it. Names of folders begin with `_`, which no repository name may.
 *
 *     blobs/sha256/ab/abcd…                        content: layers, configurations, manifests
 *     repositories/NAME/_blobs/sha256/HEX          empty: the repository has this blob
 *     repositories/NAME/_manifests/sha256/HEX      media type of the manifest
 *     repositories/NAME/_tags/TAG                  digest
 *     repositories/NAME/_referrers/SUBJECT/DIGEST  descriptor of a manifest whose subject this is
 *     repositories/NAME/_uploads/UUID              what of a blob has arrived
 */
export class Layout {
  constructor(readonly root: string) {}

  blob(digest: Digest): string {
    const { algorithm, hex } = split(digest)
    return join(this.root, "blobs", algorithm, hex.slice(0, 2), hex)
  }
  repositories(): string {
    return join(this.root, "repositories")
  }
  repository(name: string): string {
    return join(this.repositories(), ...name.split("/"))
  }
  blobLink(name: string, digest: Digest): string {
    return this.#digestPath(name, "_blobs", digest)
  }
  manifest(name: string, digest: Digest): string {
    return this.#digestPath(name, "_manifests", digest)
  }
  tags(name: string): string {
    return join(this.repository(name), "_tags")
  }
  tag(name: string, tag: string): string {
    return join(this.tags(name), tag)
  }
  referrers(name: string, subject: Digest): string {
    return this.#digestPath(name, "_referrers", subject)
  }
  referrer(name: string, subject: Digest, digest: Digest): string {
    const { algorithm, hex } = split(digest)
    return join(this.referrers(name, subject), `${algorithm}-${hex}`)
  }
  upload(name: string, id: string): string {
    return join(this.repository(name), "_uploads", id)
  }

  #digestPath(name: string, folder: string, digest: Digest): string {
    const { algorithm, hex } = split(digest)
    return join(this.repository(name), folder, algorithm, hex)
  }
}

function split(digest: Digest): { algorithm: string; hex: string } {
  const parsed = parseDigest(digest)
  if (!parsed) throw new TypeError(`not a digest: ${digest}`)
  return parsed
}
