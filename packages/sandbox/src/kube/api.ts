import { setMaxListeners } from "node:events"
import { randomBytes, randomUUID } from "node:crypto"
import { admissionChain, type Mutator, type Validator } from "./admission/index.ts"
import {
  AUDIENCE,
  Rbac,
  Reviews,
  RoleAggregation,
  ServiceAccountTokens,
  StaticTokens,
  type TokenAuthenticator,
} from "./auth/index.ts"
import { kubernetesService, putBootstrapObjects } from "./bootstrap/index.ts"
import type { KubeClient } from "./client.ts"
import { CustomDefinitions, customDocuments } from "./custom/index.ts"
import { DATA_DIR, readJson, versionDir } from "./data.ts"
import { deleteOptions } from "./http/delete-options.ts"
import { authorize, handle, type HandlerContext } from "./http/handler.ts"
import { OpenApi } from "./http/openapi.ts"
import { Presenter } from "./http/present.ts"
import { startServer } from "./http/server.ts"
import { startEventExpiry } from "./event-expiry.ts"
import { handleUpgrade } from "./http/upgrade.ts"
import { generateCertificates } from "./http/tls.ts"
import { inProcessClient } from "./in-process.ts"
import type { Json } from "./json.ts"
import { kubeconfigText } from "./kubeconfig.ts"
import { objectModel } from "./model.ts"
import type { NodeBackend } from "./node-backend.ts"
import { operations } from "./operations.ts"
import { ProtobufDecoder } from "./protobuf/index.ts"
import { Catalog, type GroupDiscovery } from "./resources/index.ts"
import { SchemaRegistry } from "./schema/index.ts"
import { Tables } from "./table/index.ts"
import { Store } from "./store/index.ts"
import { type Caller, type Machinery, timestamp, type UserInfo } from "./verbs/index.ts"

export interface KubeApiOptions {
  /** 0: any free port. */
  readonly port?: number
  /** A second listener, without TLS, for programs of the same world. */
  readonly socketPath?: string
  /** The folder that holds `kubernetes-1.36.3`; a bundle passes its own. */
  readonly dataDir?: string
  /** Further users by their tokens, as in a token file of the real server. */
  readonly users?: ReadonlyMap<string, UserInfo>
  /** Run at admission in this order, as mutating webhooks would be. */
  readonly mutators?: readonly Mutator[]
  readonly validators?: readonly Validator[]
  readonly clock?: () => Date
  readonly random?: () => number
  readonly log: (message: string, fields?: Record<string, unknown>) => void
}

export interface KubeApi {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string
  /** PEM: who has signed the server's certificate. */
  readonly certificateAuthority: string
  /** Access to everything, for kubectl. */
  kubeconfig(): string
  /** Access as a ServiceAccount, which must exist. Rejects with a 404 otherwise. */
  kubeconfigFor(serviceAccount: { readonly namespace: string; readonly name: string }): Promise<string>
  /** Default user: one who may do everything. */
  client(options?: { readonly user?: UserInfo; readonly fieldManager?: string }): KubeClient
  /** Who answers for logs, exec, attach and port-forward; without one they are refused. */
  setNodeBackend(backend: NodeBackend): void
  close(): Promise<void>
}

const ADMIN: UserInfo = { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] }
const SELF: UserInfo = { username: "system:apiserver", groups: ["system:masters", "system:authenticated"] }
/** As long as a sandbox is likely to live. */
const KUBECONFIG_TOKEN_SECONDS = 365 * 24 * 60 * 60

/** Starts the API server on 127.0.0.1 with the objects that a new cluster has. Rejects when the port is taken. */
export async function startKubeApi(options: KubeApiOptions): Promise<KubeApi> {
  const { clock = () => new Date(), random = Math.random, log } = options
  const dataDir = versionDir(options.dataDir ?? DATA_DIR)
  const generating = generateCertificates(clock())
  const schemas = new SchemaRegistry(dataDir)
  const store = new Store()
  const rbac = new Rbac(store)
  const machinery: Machinery = {
    store,
    catalog: new Catalog(readDiscovery(dataDir)),
    model: objectModel(schemas),
    admission: admissionChain(store, rbac, random, options.mutators ?? [], options.validators ?? []),
    clock,
    random,
    uuid: randomUUID,
  }
  const self: Caller = { user: SELF, manager: "kube-apiserver", warn: () => {} }
  const definitions = new CustomDefinitions(machinery, schemas, self)
  const bootstrap = readJson(dataDir, "bootstrap.json.gz") as (Json & { resource: string })[]
  putBootstrapObjects(store, machinery.catalog, bootstrap, timestamp(clock()), randomUUID)
  const aggregation = new RoleAggregation(machinery)
  const expiry = startEventExpiry(store, clock)

  const adminToken = randomBytes(24).toString("base64url")
  const accountTokens = new ServiceAccountTokens(store, clock, randomUUID)
  const staticTokens = new StaticTokens(new Map([...(options.users ?? []), [adminToken, ADMIN]]))
  const tokens: TokenAuthenticator = {
    authenticate: (token) => staticTokens.authenticate(token) ?? accountTokens.authenticate(token),
  }
  const reviews = new Reviews(
    rbac,
    (token, audiences) => staticTokens.authenticate(token) ?? accountTokens.authenticate(token, audiences),
  )
  const protobuf = new ProtobufDecoder(dataDir)
  const stop = new AbortController()
  // Every watch listens to it.
  setMaxListeners(0, stop.signal)
  const certificates = await generating
  let port = 0
  let backend: NodeBackend | undefined
  const context: HandlerContext = {
    machinery,
    operations: operations(machinery, accountTokens, reviews, (body) => deleteOptions(body, new URLSearchParams())),
    presenter: new Presenter(new Tables(dataDir), clock),
    backend: () => backend,
    log,
    decodeProtobuf: (body) => protobuf.decode(body),
    stop: stop.signal,
    tokens,
    rbac,
    openapi: new OpenApi(
      dataDir,
      customDocuments(dataDir, definitions, () => machinery.catalog.generation),
    ),
    keySet: () => accountTokens.keySet(),
    address: () => `127.0.0.1:${port}`,
  }
  const server = await startServer({
    port: options.port ?? 0,
    ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }),
    certificates,
    log,
    handle: (exchange) => handle(context, exchange),
    upgrade: (request, socket, head) => handleUpgrade(context, request, socket, head),
  })
  port = server.port

  const client: KubeApi["client"] = ({ user = SELF, fieldManager = "kube-apiserver" } = {}) =>
    inProcessClient(
      machinery,
      context.operations,
      { user, manager: fieldManager, warn: () => {} },
      (caller, verb, target) => {
        const { group, resource } = target.resource
        const { subresource, name, namespace = "" } = target
        authorize(rbac, { user: caller.user, verb, group, resource, subresource, namespace, name })
      },
    )
  await client().create({ group: "", version: "v1", resource: "services" }, kubernetesService(port))
  const access = { url: server.url, authority: certificates.authority }
  return {
    url: server.url,
    certificateAuthority: certificates.authority,
    kubeconfig: () => kubeconfigText({ ...access, user: ADMIN.username, token: adminToken }),
    kubeconfigFor: async ({ namespace, name }) => {
      const account = await client().get({ group: "", version: "v1", resource: "serviceaccounts" }, name, namespace)
      const token = accountTokens.issue({
        namespace,
        serviceAccount: { name, uid: account.metadata.uid ?? "" },
        audiences: [AUDIENCE],
        expirationSeconds: KUBECONFIG_TOKEN_SECONDS,
      })
      return kubeconfigText({ ...access, user: `${namespace}-${name}`, token, namespace })
    },
    client,
    setNodeBackend: (joined) => {
      backend = joined
    },
    close: async () => {
      stop.abort()
      aggregation.close()
      expiry.close()
      await server.close()
    },
  }
}

function readDiscovery(dataDir: string): GroupDiscovery[] {
  return ["discovery-api.json.gz", "discovery-apis.json.gz"].flatMap(
    (file) => (readJson(dataDir, file) as { items: GroupDiscovery[] }).items,
  )
}
