import type { z } from "zod"
import { imageIndex, imageManifest, isIndexType, isManifestType, type Descriptor, type Digest } from "../oci/index.ts"
import { RegistryError } from "./errors.ts"

/** What the registry reads of a manifest or an index. */
export interface ManifestDocument {
  readonly mediaType: string
  /** Must be in the repository as blobs. */
  readonly blobs: readonly Digest[]
  /** Must be in the repository as manifests. */
  readonly manifests: readonly Digest[]
  /** The manifest that this one refers to; it need not exist (distribution-spec, "Pushing Manifests with Subject"). */
  readonly subject?: Digest
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/**
 * Reads a manifest as its Content-Type says; throws `MANIFEST_INVALID` when it is another thing. Of an image manifest
 * without `artifactType`, the configuration's media type stands for it (distribution-spec, "Listing Referrers").
 */
export function readManifest(content: Buffer, contentType: string | undefined): ManifestDocument {
  const json = parseJson(content)
  const stated = contentType?.split(";")[0]?.trim()
  const inside = typeof json["mediaType"] === "string" ? json["mediaType"] : undefined
  if (stated !== undefined && inside !== undefined && stated !== inside) {
    throw invalid(`Content-Type is ${stated}, but the manifest says mediaType ${inside}`)
  }
  const mediaType = stated ?? inside
  if (mediaType === undefined) throw invalid("neither a Content-Type nor a mediaType field says what this is")
  if (isManifestType(mediaType)) {
    const { config, layers, ...rest } = check(imageManifest, json)
    const blobs = [config, ...layers].filter(isLocal).map(({ digest }) => digest)
    return document(mediaType, blobs, [], { ...rest, artifactType: rest.artifactType ?? config.mediaType })
  }
  if (isIndexType(mediaType)) {
    const { manifests, ...rest } = check(imageIndex, json)
    return document(
      mediaType,
      [],
      manifests.filter(isLocal).map(({ digest }) => digest),
      rest,
    )
  }
  throw invalid(`media type ${mediaType} is not a manifest or an index of OCI or Docker schema 2`)
}

function document(
  mediaType: string,
  blobs: readonly Digest[],
  manifests: readonly Digest[],
  rest: {
    subject?: Descriptor | undefined
    artifactType?: string | undefined
    annotations?: Record<string, string> | undefined
  },
): ManifestDocument {
  return {
    mediaType,
    blobs,
    manifests,
    ...(rest.subject ? { subject: rest.subject.digest } : {}),
    ...(rest.artifactType ? { artifactType: rest.artifactType } : {}),
    ...(rest.annotations ? { annotations: rest.annotations } : {}),
  }
}

const isLocal = ({ urls }: Descriptor): boolean => urls === undefined || urls.length === 0

function parseJson(content: Buffer): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(content.toString("utf8"))
  } catch (error) {
    throw invalid(`not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw invalid("not a JSON object")
  return parsed as Record<string, unknown>
}

function check<S extends z.ZodType>(schema: S, json: unknown): z.infer<S> {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)
  throw invalid(problems.join("; "))
}

function invalid(why: string): RegistryError {
  return new RegistryError("MANIFEST_INVALID", "manifest invalid", why)
}
