import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { startControllers } from "../controllers/index.ts"
import { ImageError, type ImageStore, type LocalImage } from "../images/index.ts"
import { startKubeApi, type KubeApi, type KubeClient } from "../kube/index.ts"
import { startKubelet, type Kubelet } from "../kubelet/index.ts"
import { installIstioDefinitions, sidecarInjector, startMeshControl } from "../mesh/index.ts"
import { startNode, type Node, type Way } from "../node/index.ts"
import { buildPrograms } from "./built-programs.ts"
import { nodeImage } from "./images.ts"

const dataDir = fileURLToPath(new URL("../../data", import.meta.url))

export interface PodWorld {
  readonly kube: KubeApi
  readonly client: KubeClient
  readonly node: Node
  readonly kubelet: Kubelet
  /** What `app:…` is: `node server.js`, see images.ts. */
  readonly image: LocalImage
  readonly folder: string
  close(): Promise<void>
}

/** API server, controllers, mesh, node and kubelet, with one image and short delays. Namespaces `test` and `mesh`. */
export async function startPodWorld(way?: Way): Promise<PodWorld> {
  const log = (): void => undefined
  const folder = mkdtempSync(join(tmpdir(), "serin-pods-"))
  const image = nodeImage(folder)
  const programs = await buildPrograms()
  const { entry, toolsDir } = programs
  const [kube, node] = await Promise.all([
    startKubeApi({ mutators: [sidecarInjector], log }),
    startNode({ entry, toolsDir, stateDir: join(folder, "state"), ...(way === undefined ? {} : { way }), log }),
  ])
  const client = kube.client()
  const { certificateAuthority } = kube
  const controllers = startControllers((manager) => kube.client({ fieldManager: manager }), {
    certificateAuthority,
    log,
  })
  await installIstioDefinitions(kube.client({ fieldManager: "istioctl" }), dataDir)
  const mesh = startMeshControl({ client, push: (snapshot) => void node.configureMesh(snapshot), log })
  const kubelet = await startKubelet({
    client: kube.client({ fieldManager: "kubelet" }),
    node,
    images: onlyImage(image),
    dataDir: join(folder, "kubelet"),
    log,
    timing: { backoff: 300, retry: 100, drainDelay: 100, volumeInterval: 100 },
  })
  kube.setNodeBackend(kubelet.backend)
  for (const [name, labels] of [
    ["test", {}],
    ["mesh", { "istio-injection": "enabled" }],
  ] as const) {
    const namespaces = { group: "", version: "v1", resource: "namespaces" }
    await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } })
  }
  return {
    kube,
    client,
    node,
    kubelet,
    image,
    folder,
    close: async () => {
      await kubelet.close()
      mesh.close()
      await controllers.close()
      await node.close()
      await kube.close()
      await programs.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A registry with one image, of any tag. */
function onlyImage(image: LocalImage): ImageStore {
  const known = (ref: string): LocalImage | undefined => (ref.startsWith("app:") ? { ...image, ref } : undefined)
  return {
    local: known,
    pull: async (ref) => {
      const found = known(ref)
      if (found === undefined) throw new ImageError("ErrImagePull", `failed to resolve ${ref}: not found`)
      return found
    },
  }
}
