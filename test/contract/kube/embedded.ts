import { startControllers } from "../../../packages/sandbox/src/controllers/index.ts"
import { startKubeApi } from "../../../packages/sandbox/src/kube/index.ts"
import type { Feature, Target } from "./target.ts"

export interface EmbeddedTarget extends Target {
  close(): Promise<void>
}

/** A new embedded API server with its controllers, without a node. */
export async function startEmbedded({ kubectl }: { readonly kubectl: boolean }): Promise<EmbeddedTarget> {
  const log = () => {
    // What the server has to say is in its answers, which are what is compared.
  }
  const api = await startKubeApi({ log })
  const { certificateAuthority } = api
  const controllers = startControllers((manager) => api.client({ fieldManager: manager }), {
    certificateAuthority,
    log,
  })
  const { users } = JSON.parse(api.kubeconfig()) as { users: { user: { token: string } }[] }
  const features: Feature[] = kubectl ? ["controllers", "kubectl"] : ["controllers"]
  return {
    name: "embedded",
    url: api.url,
    ca: certificateAuthority,
    token: users[0]?.user.token ?? "",
    features: new Set(features),
    async close() {
      await controllers.close()
      await api.close()
    },
  }
}
