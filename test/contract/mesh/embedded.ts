import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { startWorld } from "../../../packages/sandbox/src/index.ts"
import { buildPrograms } from "../../../packages/sandbox/src/testing/built-programs.ts"
import { pushPodImage } from "./image.ts"
import { prepare } from "./prepare.ts"
import type { Target } from "./target.ts"

const kubeDataDir = fileURLToPath(new URL("../../../packages/sandbox/data", import.meta.url))

/** A new embedded world, from the sources as they are now. */
export async function startEmbedded(): Promise<Target & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "serin-mesh-"))
  const programs = await buildPrograms()
  const removeFiles = async (): Promise<void> => {
    await programs.remove()
    rmSync(folder, { recursive: true, force: true })
  }
  const world = await startWorld({
    dataDir: folder,
    nodeEntry: programs.entry,
    toolsDir: programs.toolsDir,
    kubeDataDir,
    seed: () => Promise.resolve(),
    user: { name: "dev", token: "token" },
    log: () => {
      // What the world has to say is in its answers, which are what is compared.
    },
  }).catch(async (error: unknown) => {
    await removeFiles()
    throw error
  })
  const { clusters, users } = JSON.parse(world.kubeconfig) as Kubeconfig
  const { hostname, port } = new URL(world.ingressUrl)
  const target: Target = {
    name: "embedded",
    features: new Set(),
    kube: {
      url: world.kubeUrl,
      ca: Buffer.from(clusters[0]?.cluster["certificate-authority-data"] ?? "", "base64").toString("utf8"),
      token: users[0]?.user.token ?? "",
    },
    ingress: { host: hostname, port: Number(port) },
    settled: () => Promise.resolve(),
  }
  const close = async (): Promise<void> => {
    await world.close()
    await removeFiles()
  }
  try {
    await pushPodImage(world.registryUrl, "mesh-contract", folder)
    await prepare(target)
    return { ...target, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly "certificate-authority-data": string } }[]
  readonly users: readonly { readonly user: { readonly token: string } }[]
}
