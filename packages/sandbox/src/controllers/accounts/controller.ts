import type { KubeObject } from "../../kube/index.ts"
import type { ConfigMap, Namespace, ServiceAccount } from "../../kube/types.gen.ts"
import { ApiError } from "../../kube/index.ts"
import { present, refs, startController, type Context, type Controller, type Outcome } from "../runtime/index.ts"

const ACCOUNT = "default"
const ROOT_CA = "kube-root-ca.crt"
/** As the real controller describes it to people who find the ConfigMap. */
const ROOT_CA_NOTE =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."

/**
 * Gives every namespace what pods take for granted: the service account `default`, and the certificate authority of the
 * API server as a ConfigMap. Both come back when they are deleted.
 */
export function startAccounts(context: Context, certificateAuthority: string): Controller {
  const ofNamespace = ({ metadata: { name = "" } }: KubeObject): string[] => [name]
  const ofNamed =
    (wanted: string) =>
    ({ metadata: { name, namespace = "" } }: KubeObject): string[] =>
      name === wanted ? [namespace] : []
  return startController(
    "accounts",
    context,
    [
      { ref: refs.namespaces, keys: ofNamespace },
      { ref: refs.serviceAccounts, keys: ofNamed(ACCOUNT) },
      { ref: refs.configMaps, keys: ofNamed(ROOT_CA) },
    ],
    (namespace) => reconcile(namespace, context, certificateAuthority),
  )
}

async function reconcile(name: string, { client }: Context, certificateAuthority: string): Promise<Outcome> {
  const namespace = await present(client.get<Namespace>(refs.namespaces, name))
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return undefined
  if ((await present(client.get(refs.serviceAccounts, ACCOUNT, name))) === undefined) {
    const account: ServiceAccount = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: ACCOUNT, namespace: name },
    }
    await unlessThere(client.create(refs.serviceAccounts, account))
  }
  const data = { "ca.crt": certificateAuthority }
  const found = await present(client.get<ConfigMap>(refs.configMaps, ROOT_CA, name))
  if (found === undefined) {
    const annotations = { "kubernetes.io/description": ROOT_CA_NOTE }
    const made: ConfigMap = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: ROOT_CA, namespace: name, annotations },
      data,
    }
    await unlessThere(client.create(refs.configMaps, made))
  } else if (found.data?.["ca.crt"] !== certificateAuthority) {
    await client.update(refs.configMaps, { ...found, data })
  }
  return undefined
}

async function unlessThere(creating: Promise<unknown>): Promise<void> {
  try {
    await creating
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error
  }
}
