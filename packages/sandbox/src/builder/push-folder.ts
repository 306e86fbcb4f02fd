import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { RepositoryClient, Snapshots } from "../images/index.ts"
import type { Digest } from "../oci/index.ts"
import { asBuildError, ImageMaker, type Sources } from "./image-maker.ts"
import { pushImage } from "./image/push.ts"
import type { BuilderOptions } from "./options.ts"

export interface PushFolderOptions extends Pick<BuilderOptions, "dataDir" | "registry" | "mirrors">, Sources {
  /** Where the image goes: `library/podinfo`. */
  readonly repository: string
  readonly tag: string
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** Builds a folder with a Dockerfile and pushes it. Throws `BuildError` for what a person can mend. */
export async function pushFolder(options: PushFolderOptions): Promise<Digest> {
  const { dataDir, registry, repository, tag, at, say, signal } = options
  await mkdir(dataDir, { recursive: true })
  const snapshots = new Snapshots(join(dataDir, "snapshots"))
  await snapshots.prepare()
  const target = new RepositoryClient(registry.url, repository, registry.credentials)
  try {
    const image = await new ImageMaker(options, snapshots).make(options, say, signal)
    return await pushImage(image, target, tag, at, {}, say)
  } catch (error) {
    throw asBuildError(error)
  }
}
