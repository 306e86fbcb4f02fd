import { randomBytes, randomUUID } from "node:crypto"
import { StaticTokens } from "./auth/authenticator.ts"
import type { KubeClient, KubeObject } from "./client.ts"
import { DATA_DIR, readJson } from "./data.ts"
import { handle } from "./http/handler.ts"
import { OpenApi } from "./http/openapi.ts"
import { Presenter } from "./http/present.ts"
import { startServer } from "./http/server.ts"
import { generateCertificates } from "./http/tls.ts"
import { inProcessClient } from "./in-process.ts"
import { kubeconfigText } from "./kubeconfig.ts"
import { objectModel } from "./model.ts"
import type { NodeBackend } from "./node-backend.ts"
import { Catalog, type GroupDiscovery } from "./resources/index.ts"
import { SchemaRegistry } from "./schema/index.ts"
import { Store } from "./store/index.ts"
import { type Machinery, type UserInfo } from "./verbs/index.ts"

export interface KubeApiOptions {
  /** 0: any free port. */
  readonly port?: number
  readonly socketPath?: string
  /** The folder with the data taken from a real server; a bundle passes its own. */
  readonly dataDir?: string
  readonly clock?: () => Date
  readonly random?: () => number
  readonly log: (message: string, fields?: Record<string, unknown>) => void
}

export interface KubeApi {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string
  /** Access to everything, for kubectl. */
  kubeconfig(): string
  client(options?: { readonly user?: UserInfo; readonly fieldManager?: string }): KubeClient
  setNodeBackend(backend: NodeBackend): void
  close(): Promise<void>
}

const ADMIN: UserInfo = { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] }

export async function startKubeApi(options: KubeApiOptions): Promise<KubeApi> {
  const { clock = () => new Date(), random = Math.random, dataDir = DATA_DIR, log } = options
  const certificates = await generateCertificates(clock())
  const discovery = ["discovery-api.json.gz", "discovery-apis.json.gz"].flatMap(
    (file) => (readJson(dataDir, file) as { items: GroupDiscovery[] }).items,
  )
  const machinery: Machinery = {
    store: new Store(),
    catalog: new Catalog(discovery),
    model: objectModel(new SchemaRegistry(dataDir)),
    admission: { admit: ({ object }) => object, admitDelete: () => {} },
    clock,
    random,
    uuid: randomUUID,
  }
  const token = randomBytes(24).toString("base64url")
  const openapi = new OpenApi(dataDir, { paths: () => [], document: () => undefined, generation: 0 })
  const stop = new AbortController()
  const server = await startServer({
    port: options.port ?? 0,
    ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }),
    certificates,
    log,
    handle: (exchange) =>
      handle(
        {
          machinery,
          presenter: new Presenter(() => ({})),
          decodeProtobuf: () => ({}),
          openapi,
          stop: stop.signal,
          tokens: new StaticTokens(new Map([[token, ADMIN]])),
          address: () => `127.0.0.1:${server.port}`,
        },
        exchange,
      ),
    upgrade: (_request, socket) => socket.destroy(),
  })
  const client: KubeApi["client"] = ({ user = ADMIN, fieldManager = "kube-apiserver" } = {}) =>
    inProcessClient(machinery, { user, manager: fieldManager, warn: () => {} }, () => {})
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"])
    await client().create<KubeObject>(
      { group: "", version: "v1", resource: "namespaces" },
      { apiVersion: "v1", kind: "Namespace", metadata: { name } },
    )
  return {
    url: server.url,
    kubeconfig: () =>
      kubeconfigText({ url: server.url, authority: certificates.authority, user: ADMIN.username, token }),
    client,
    setNodeBackend: () => {},
    close: async () => {
      stop.abort()
      await server.close()
    },
  }
}
