// What the tests of the registry share.

import { expect } from "vitest"
import { digestOf, mediaTypes } from "../oci/index.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import type { Registry, RegistryOptions } from "./options.ts"
import { startRegistry } from "./registry.ts"

export const log = () => undefined

export async function registry(options: Partial<RegistryOptions> = {}): Promise<Registry> {
  return closing(await startRegistry({ dataDir: await temporaryFolder(), log, ...options }))
}

export type Init = RequestInit & { duplex?: "half" }
export const call = (at: Registry, method: string, path: string, init: Init = {}) =>
  fetch(new URL(path, at.url), { method, redirect: "manual", ...init })

export async function pushBlob(at: Registry, repository: string, content: string): Promise<string> {
  const digest = digestOf(content)
  const response = await call(at, "POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: content })
  expect(response.status).toBe(201)
  return digest
}

/** A manifest with one layer, pushed with all its parts. */
export async function pushImage(
  at: Registry,
  repository: string,
  tag: string,
  extra: object = {},
): Promise<{ digest: string; text: string }> {
  const config = "{}"
  const layer = `layer of ${tag}`
  const descriptor = async (mediaType: string, content: string) => ({
    mediaType,
    size: content.length,
    digest: await pushBlob(at, repository, content),
  })
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: await descriptor(mediaTypes.config, config),
    layers: [await descriptor(mediaTypes.layer, layer)],
    ...extra,
  })
  const response = await putManifest(at, repository, tag, text)
  expect(response.status, await response.clone().text()).toBe(201)
  return { digest: digestOf(text), text }
}

export function putManifest(
  at: Registry,
  repository: string,
  reference: string,
  text: string,
  type: string = mediaTypes.manifest,
): Promise<Response> {
  return call(at, "PUT", `/v2/${repository}/manifests/${reference}`, { body: text, headers: { "content-type": type } })
}

export async function codeOf(response: Response): Promise<[number, string]> {
  const body = (await response.json()) as { errors: { code: string }[] }
  return [response.status, body.errors[0]?.code ?? ""]
}
