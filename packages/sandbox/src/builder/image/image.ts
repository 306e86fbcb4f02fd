import { createReadStream } from "node:fs"
import type { LayerSource, Platform, RepositoryClient, ResolvedImage } from "../../images/index.ts"
import type { Descriptor, Digest, ImageConfig } from "../../oci/index.ts"
import type { BuiltLayer } from "./layer-writer.ts"

/** A layer, and where its bytes are: in a file that was built here, or in a repository of a registry. */
export interface ImageLayer {
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly origin: { readonly file: string } | { readonly client: RepositoryClient }
}

/** What a container of the image starts with; the names are the specification's (image-spec config.md). */
export type ContainerConfig = NonNullable<ImageConfig["config"]>

interface HistoryEntry {
  readonly created?: string
  readonly created_by?: string
  readonly empty_layer?: boolean
}

/** An image in the making. Steps return a new one. */
export interface Image {
  readonly platform: Platform
  readonly config: ContainerConfig
  readonly layers: readonly ImageLayer[]
  readonly history: readonly HistoryEntry[]
}

export const emptyImage = (platform: Platform): Image => ({ platform, config: {}, layers: [], history: [] })

/** A base from a registry. */
export function imageFrom({ client, manifest, config }: ResolvedImage): Image {
  const { os, architecture } = config
  return {
    platform: { os, architecture },
    config: config.config ?? {},
    layers: manifest.layers.flatMap((descriptor, index) => {
      const diffId = config.rootfs.diff_ids[index]
      return diffId === undefined ? [] : [{ descriptor, diffId, origin: { client } }]
    }),
    history: (config.history ?? []) as HistoryEntry[],
  }
}

export function withLayer(image: Image, layer: BuiltLayer, createdBy: string, at: Date): Image {
  const { descriptor, diffId, file } = layer
  return {
    ...image,
    layers: [...image.layers, { descriptor, diffId, origin: { file } }],
    history: [...image.history, { created: at.toISOString(), created_by: createdBy }],
  }
}

export function withConfig(image: Image, change: ContainerConfig, createdBy: string, at: Date): Image {
  return {
    ...image,
    config: { ...image.config, ...change },
    history: [...image.history, { created: at.toISOString(), created_by: createdBy, empty_layer: true }],
  }
}

/** The layers as the unpacking wants them. */
export function layerSources(image: Image): LayerSource[] {
  return image.layers.map(({ descriptor, diffId, origin }) => ({
    descriptor,
    diffId,
    open: () => openLayer(descriptor, origin),
  }))
}

export async function openLayer({ digest }: Descriptor, origin: ImageLayer["origin"]) {
  return "file" in origin ? createReadStream(origin.file) : origin.client.blob(digest)
}

/** The environment that an image sets. */
export function environmentOf({ Env }: ContainerConfig): Map<string, string> {
  return new Map((Env ?? []).map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]))
}
