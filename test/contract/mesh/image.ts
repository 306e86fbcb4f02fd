import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { pushFolder } from "../../../packages/sandbox/src/index.ts"

const program = fileURLToPath(new URL("./pod/main.ts", import.meta.url))

/** What the pods' manifests name. */
export const image = "mesh-contract:1"

/** Builds the image of the contract's pods on top of `node:20` and pushes it to the registry that image names stand for. */
export async function pushPodImage(registry: string, repository: string, folder: string): Promise<void> {
  const context = join(folder, "pod-image")
  mkdirSync(context, { recursive: true })
  await build({
    entryPoints: [program],
    outfile: join(context, "main.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
  })
  writeFileSync(join(context, "Dockerfile"), 'FROM node:20\nCOPY main.mjs /main.mjs\nCMD ["node", "/main.mjs"]\n')
  await pushFolder({
    dataDir: join(folder, "pod-image-builder"),
    folder: context,
    name: image,
    given: {},
    at: new Date("2026-01-01T00:00:00Z"),
    registry: { url: registry },
    mirrors: { "docker.io": { endpoint: [registry] } },
    repository,
    tag: "1",
    say: () => undefined,
    signal: AbortSignal.timeout(120_000),
  })
}
