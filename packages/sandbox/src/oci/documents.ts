import { z } from "zod"
import { isDigest, type Digest } from "./digest.ts"

/** The documents of the OCI image specification 1.1 and of Docker's schema 2, which are alike in all that is read here. */
export const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
} as const

const indexTypes: readonly string[] = [mediaTypes.index, mediaTypes.dockerIndex]
const manifestTypes: readonly string[] = [mediaTypes.manifest, mediaTypes.dockerManifest]

/** What a client that understands all of the above sends as `Accept`. */
export const acceptManifests = [...manifestTypes, ...indexTypes].join(", ")

export const isIndexType = (mediaType: string): boolean => indexTypes.includes(mediaType)
export const isManifestType = (mediaType: string): boolean => manifestTypes.includes(mediaType)

const digest = z.custom<Digest>((value) => typeof value === "string" && isDigest(value), "not a digest")
const annotations = z.record(z.string(), z.string())

const descriptor = z.looseObject({
  mediaType: z.string(),
  digest,
  size: z.int().nonnegative(),
  artifactType: z.string().optional(),
  annotations: annotations.optional(),
  /** Foreign layers: fetched from elsewhere, so a registry need not have them. */
  urls: z.array(z.string()).optional(),
  platform: z.looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
})
export type Descriptor = z.infer<typeof descriptor>

export const imageManifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor),
  subject: descriptor.optional(),
  annotations: annotations.optional(),
})
export type ImageManifest = z.infer<typeof imageManifest>

export const imageIndex = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  manifests: z.array(descriptor),
  subject: descriptor.optional(),
  annotations: annotations.optional(),
})

/** `null` is what Go programs write for an empty list or map. */
const strings = z.array(z.string()).nullish()

export const imageConfig = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  created: z.string().optional(),
  config: z
    .looseObject({
      User: z.string().optional(),
      Env: strings,
      Entrypoint: strings,
      Cmd: strings,
      WorkingDir: z.string().optional(),
      Labels: annotations.nullish(),
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
  rootfs: z.looseObject({ type: z.string(), diff_ids: z.array(digest) }),
  history: z.array(z.looseObject({ empty_layer: z.boolean().optional() })).nullish(),
})
export type ImageConfig = z.infer<typeof imageConfig>
