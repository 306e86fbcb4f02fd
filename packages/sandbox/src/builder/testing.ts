// What the tests of the builder share.

import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { expect } from "vitest"
import { startGitHost, type GitHost } from "../githost/index.ts"
import { createImageStore, type ImageStore, type LocalImage } from "../images/index.ts"
import { startRegistry, type Registry } from "../registry/index.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import { until } from "../testing/until.ts"
import { startBuilder } from "./builder.ts"
import type { Build, Builder, BuilderOptions } from "./options.ts"

export const log = () => undefined
export const author = { name: "dev", email: "dev@localhost" }
export const at = new Date("2026-02-03T04:05:06Z")
export const secret = "webhook-secret"

export interface World {
  readonly gitHost: GitHost
  readonly registry: Registry
  readonly builder: Builder
  readonly images: ImageStore
  readonly options: BuilderOptions
}

/** A git host whose pushes to team/app reach a builder, which pushes to a registry, from which images are pulled. */
export async function world(): Promise<World> {
  const users = [{ name: "builder", token: "builder-token", access: "write" }] as const
  const gitHost = closing(await startGitHost({ dataDir: await temporaryFolder(), users, log }))
  const registry = closing(await startRegistry({ dataDir: await temporaryFolder(), log }))
  const mirrors = { "docker.io": { endpoint: [registry.url], rewrite: { "^library/(.*)": "$1" } } }
  const options: BuilderOptions = {
    dataDir: await temporaryFolder(),
    git: { url: gitHost.url, username: "builder", token: "builder-token" },
    registry: { url: registry.url },
    mirrors,
    webhookSecret: secret,
    log,
  }
  const builder = closing(await startBuilder(options))
  await gitHost.createRepository("team/app")
  await gitHost.addHook("team/app", { url: builder.webhookUrl, secret })
  return {
    gitHost,
    registry,
    builder,
    images: await createImageStore({ dataDir: await temporaryFolder(), mirrors, log }),
    options,
  }
}

export type Files = Readonly<Record<string, string>>

export async function folderOf(files: Files): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

/** Pushes the files as a tagged commit and waits for its build. */
export async function buildTag(of: World, files: Files | string, tag = "1.0.0"): Promise<Build> {
  const folder = typeof files === "string" ? files : await folderOf(files)
  await of.gitHost.seed("team/app", [{ folder, message: "Begin", author, at, tag }])
  return finished(of.builder, tag)
}

export function finished(builder: Builder, tag: string): Promise<Build> {
  return until(() => {
    const build = builder.builds().find((each) => each.tag === tag)
    if (!build || build.state === "queued" || build.state === "running") throw new Error(`${tag} is not built yet`)
    return build
  })
}

export const logOf = async (builder: Builder, { id }: Build) => (await fetch(`${builder.url}/builds/${id}/log`)).text()

export async function succeeded(of: World, files: Files | string, tag = "1.0.0"): Promise<LocalImage> {
  const build = await buildTag(of, files, tag)
  expect(build.state, await logOf(of.builder, build)).toBe("succeeded")
  return of.images.pull(`app:${tag}`)
}

export async function failure(files: Files): Promise<string> {
  const build = await buildTag(await world(), files)
  expect(build.state).toBe("failed")
  return build.error ?? ""
}

export interface Part {
  readonly digest: `sha256:${string}`
  readonly size: number
}

export async function tree(root: string): Promise<string[]> {
  const { readdir } = await import("node:fs/promises")
  return (await readdir(root, { recursive: true })).sort()
}

/** For tests that make the base image, which is a hundred megabytes: some seconds, and many more on a busy machine. */
export const forLargeImages = { timeout: 60_000 }
