import type { KubeObject } from "../client.ts"
import { quote } from "../errors.ts"
import { isRecord, listAt, stringAt, valueAt, withValue } from "../json.ts"
import { keyOf, type Store } from "../store/index.ts"
import { generatedName, type Target } from "../verbs/index.ts"
import { refused } from "./refused.ts"

const DEFAULT = "default"
const VOLUME_PREFIX = "kube-api-access-"
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
/** An hour, and a little that tells these tokens from others: the server lets them live longer. */
const TOKEN_SECONDS = 3_607

/**
 * Every pod runs as a service account, `default` unless it names one, and finds a token of it, the cluster's certificate
 * authority and its namespace in a volume. A named account must exist; the default one is made by a controller, which
 * a pod that comes right after its namespace need not wait for here.
 */
export function withServiceAccount(pod: KubeObject, target: Target, store: Store, random: () => number): KubeObject {
  const { namespace = "", resource } = target
  const given = stringAt(pod, "spec", "serviceAccountName") ?? stringAt(pod, "spec", "serviceAccount") ?? ""
  const name = given === "" ? DEFAULT : given
  const account = store.collection("serviceaccounts").get(keyOf(namespace, name))
  if (name !== DEFAULT && account === undefined)
    throw refused(
      resource,
      pod,
      `error looking up service account ${namespace}/${name}: serviceaccount ${quote(name)} not found`,
    )
  const named = withValue(withValue(pod, ["spec", "serviceAccountName"], name), ["spec", "serviceAccount"], name)
  const wanted =
    valueAt(pod, "spec", "automountServiceAccountToken") ?? valueAt(account, "automountServiceAccountToken")
  return wanted === false ? named : withTokenVolume(named, random)
}

function withTokenVolume(pod: KubeObject, random: () => number): KubeObject {
  const volumes = listAt(pod, "spec", "volumes")
  const present = volumes.map((volume) => stringAt(volume, "name") ?? "").find((name) => name.startsWith(VOLUME_PREFIX))
  const name = present ?? generatedName(VOLUME_PREFIX, random)
  const mounted = ["containers", "initContainers"].reduce((result, field) => withMounts(result, field, name), pod)
  if (mounted === pod || present !== undefined) return mounted
  return withValue(mounted, ["spec", "volumes"], [...volumes, tokenVolume(name)])
}

/** Containers that have something of their own in that place keep it. */
function withMounts(pod: KubeObject, field: string, volume: string): KubeObject {
  const containers = listAt(pod, "spec", field)
  const mount = { name: volume, readOnly: true, mountPath: MOUNT_PATH }
  const mounted = containers.map((container) => {
    const mounts = listAt(container, "volumeMounts")
    if (!isRecord(container) || mounts.some((own) => stringAt(own, "mountPath") === MOUNT_PATH)) return container
    return { ...container, volumeMounts: [...mounts, mount] }
  })
  const changed = mounted.some((container, index) => container !== containers[index])
  return changed ? withValue(pod, ["spec", field], mounted) : pod
}

function tokenVolume(name: string): unknown {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
      defaultMode: 0o644,
    },
  }
}
