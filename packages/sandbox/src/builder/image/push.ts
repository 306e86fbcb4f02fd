import { Readable } from "node:stream"
import type { RepositoryClient } from "../../images/index.ts"
import { digestOf, mediaTypes, type Descriptor, type Digest } from "../../oci/index.ts"
import { openLayer, type Image, type ImageLayer } from "./image.ts"

/**
 * Pushes an image: layers that the registry lacks, the configuration, the manifest under its tag last, so that the tag
 * never stands for an image with parts missing. The documents have their fields in a fixed order: the same image has the
 * same digest.
 */
export async function pushImage(
  image: Image,
  target: RepositoryClient,
  tag: string,
  at: Date,
  annotations: Readonly<Record<string, string>>,
  say: (line: string) => void,
): Promise<Digest> {
  const config = Buffer.from(JSON.stringify(configDocument(image, at)))
  const configDescriptor = { mediaType: mediaTypes.config, digest: digestOf(config), size: config.length }
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configDescriptor,
    layers: image.layers.map(({ descriptor: { mediaType, digest, size } }) => ({ mediaType, digest, size })),
    annotations,
  }
  for (const layer of image.layers) say(`      ${layer.descriptor.digest}: ${await pushLayer(layer, target)}`)
  await pushBlob(configDescriptor, target, () => Readable.from([config]))
  return target.pushManifest(tag, mediaTypes.manifest, Buffer.from(JSON.stringify(manifest)))
}

async function pushLayer({ descriptor, origin }: ImageLayer, target: RepositoryClient): Promise<string> {
  const { digest } = descriptor
  if (await target.hasBlob(digest)) return "already there"
  if ("client" in origin && origin.client.registryUrl === target.registryUrl) {
    if (await target.mountBlob(digest, origin.client.repository)) return `mounted from ${origin.client.repository}`
  }
  await target.pushBlob(digest, descriptor.size, () => openLayer(descriptor, origin))
  return `pushed ${descriptor.size} bytes`
}

async function pushBlob({ digest, size }: Descriptor, target: RepositoryClient, open: () => Readable): Promise<void> {
  if (!(await target.hasBlob(digest))) await target.pushBlob(digest, size, open)
}

/** image-spec config.md. */
function configDocument({ platform, config, layers, history }: Image, at: Date): unknown {
  return {
    created: at.toISOString(),
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    config: sorted(config),
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history,
  }
}

/** Fields and labels by name; those that say nothing are left out. */
function sorted(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null && field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, name === "Labels" ? sorted(field as Record<string, unknown>) : field]),
  )
}
