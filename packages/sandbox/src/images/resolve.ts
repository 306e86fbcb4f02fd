import type { z } from "zod"
import {
  formatReference,
  imageConfig,
  imageIndex,
  imageManifest,
  isIndexType,
  isManifestType,
  type Digest,
  type ImageConfig,
  type ImageManifest,
  type Reference,
} from "../oci/index.ts"
import { endpointsOf } from "./endpoints.ts"
import type { Platform } from "./options.ts"
import { RepositoryClient, type FetchedManifest } from "./registry-client.ts"
import { RegistryClientError } from "./registry-errors.ts"
import type { Credentials } from "./registry-session.ts"
import type { RegistryMirrors } from "./store.ts"

/** An image as a registry has it, for one platform. */
export interface ResolvedImage {
  /** Where its blobs are. */
  readonly client: RepositoryClient
  /** What the reference stands for: the index where there is one. */
  readonly digest: Digest
  readonly manifest: ImageManifest
  readonly config: ImageConfig
}

/** A place where the reference was found, and the digest that it stands for there. */
export interface Location {
  readonly client: RepositoryClient
  readonly digest: Digest
}

/** Asks each endpoint in turn; an endpoint that fails is passed over as long as another one answers. */
export async function locate(
  reference: Reference,
  mirrors: RegistryMirrors,
  credentials: (registryUrl: string) => Credentials | undefined,
): Promise<Location> {
  let failure: RegistryClientError | undefined
  for (const { url, repository } of endpointsOf(reference, mirrors)) {
    const client = new RepositoryClient(url, repository, credentials(url))
    try {
      const digest = await client.resolve(reference.digest ?? reference.tag ?? "latest")
      if (digest) return { client, digest }
    } catch (error) {
      if (!(error instanceof RegistryClientError)) throw error
      failure ??= error
    }
  }
  throw failure ?? new RegistryClientError("not-found", `${formatReference(reference)}: not found`)
}

/** Fetches the manifest and configuration, of the wanted platform where the image is for several. */
export async function fetchImage({ client, digest }: Location, platform: Platform): Promise<ResolvedImage> {
  const found = await manifestOf(client, digest)
  const chosen = isIndexType(found.mediaType) ? await manifestOf(client, choose(found, platform)) : found
  if (!isManifestType(chosen.mediaType)) {
    throw new RegistryClientError("refused", `mediatype ${chosen.mediaType} is not an image`)
  }
  const manifest = read(imageManifest, chosen.content)
  const config = read(imageConfig, await client.smallBlob(manifest.config.digest))
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    throw new RegistryClientError(
      "corrupt",
      `the image has ${manifest.layers.length} layers, its configuration ${config.rootfs.diff_ids.length}`,
    )
  }
  return { client, digest, manifest, config }
}

async function manifestOf(client: RepositoryClient, digest: Digest): Promise<FetchedManifest> {
  const found = await client.manifest(digest)
  if (!found) throw new RegistryClientError("not-found", `manifest ${digest}: not found`)
  return found
}

/** The first entry that fits; one without a variant fits any. */
function choose({ content }: FetchedManifest, wanted: Platform): Digest {
  const fits = read(imageIndex, content).manifests.filter(
    ({ platform }) => platform?.os === wanted.os && platform.architecture === wanted.architecture,
  )
  const exact = fits.find(({ platform }) => (platform?.variant ?? "") === (wanted.variant ?? ""))
  const chosen = exact ?? fits[0]
  if (!chosen) {
    throw new RegistryClientError(
      "not-found",
      `no match for platform in manifest (${wanted.os}/${wanted.architecture}): not found`,
    )
  }
  return chosen.digest
}

function read<S extends z.ZodType>(schema: S, content: Buffer): z.infer<S> {
  try {
    return schema.parse(JSON.parse(content.toString("utf8")))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RegistryClientError("corrupt", `an image document is not as the specification has it: ${why}`, {
      cause: error,
    })
  }
}
