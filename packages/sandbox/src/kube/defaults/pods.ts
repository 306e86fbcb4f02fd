import { isRecord, type Json } from "../json.ts"
import { parseQuantity, printQuantity } from "../schema/index.ts"
import { eachOf, fill, isUnset, type Defaulter } from "./fill.ts"

const defaultMode =
  (octal: number): Defaulter =>
  (value) =>
    fill(value, { defaultMode: octal })

const container: Defaulter = (value) =>
  fill(value, {
    imagePullPolicy: pullPolicy(value["image"]),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  })

/** `latest` may have moved; any other tag, and a digest, stands for one image. */
function pullPolicy(image: unknown): string {
  const reference = typeof image === "string" ? image : ""
  const name = reference.slice(reference.lastIndexOf("/") + 1)
  const latest = !name.includes("@") && (!name.includes(":") || name.endsWith(":latest"))
  return reference !== "" && latest ? "Always" : "IfNotPresent"
}

const volumeFields = new Set(["name"])

const volume: Defaulter = (value) =>
  Object.keys(value).every((field) => volumeFields.has(field) || isUnset(value[field]))
    ? { ...value, emptyDir: {} }
    : value

const podSpec: Defaulter = (value) => {
  const account = isUnset(value["serviceAccountName"]) ? value["serviceAccount"] : value["serviceAccountName"]
  return {
    ...fill(value, {
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      schedulerName: "default-scheduler",
    }),
    // The old name of the field is kept equal to the new one.
    ...(isUnset(account) ? {} : { serviceAccountName: account, serviceAccount: account }),
  }
}

/** What a pod gets, but not the template of one. */
const pod: Defaulter = (value) => {
  const spec = isRecord(value["spec"]) ? value["spec"] : {}
  const grace = spec["terminationGracePeriodSeconds"]
  let result = fill(spec, { enableServiceLinks: true })
  if (typeof grace === "number" && grace < 0) result = { ...result, terminationGracePeriodSeconds: 1 }
  for (const list of ["containers", "initContainers"]) {
    result = eachOf(result, list, requestsOfLimits)
    if (spec["hostNetwork"] === true) result = eachOf(result, list, hostPorts)
  }
  return { ...value, spec: result }
}

/** Who limits a resource requests as much, unless it says otherwise. */
function requestsOfLimits(value: Json): Json {
  const resources = value["resources"]
  if (!isRecord(resources) || !isRecord(resources["limits"])) return value
  const requests = isRecord(resources["requests"]) ? resources["requests"] : {}
  return { ...value, resources: { ...resources, requests: { ...resources["limits"], ...requests } } }
}

function hostPorts(value: Json): Json {
  return eachOf(value, "ports", (port) => (port["hostPort"] ? port : { ...port, hostPort: port["containerPort"] }))
}

/** Resources are counted in thousandths: smaller parts are rounded up. */
export function resourceList(value: Json): Json {
  const rounded: Json = {}
  for (const [name, amount] of Object.entries(value)) {
    const quantity = parseQuantity(String(amount))
    const rest = quantity.nano % 1_000_000n
    const up = quantity.nano - rest + (rest > 0n ? 1_000_000n : -1_000_000n)
    rounded[name] = rest === 0n ? amount : printQuantity({ ...quantity, nano: up })
  }
  return rounded
}

export const podDefaults: Readonly<Record<string, Defaulter>> = {
  "core.v1.Pod": pod,
  "core.v1.PodSpec": podSpec,
  "core.v1.Container": container,
  "core.v1.EphemeralContainer": container,
  "core.v1.Volume": volume,
  "core.v1.ImageVolumeSource": (value) => fill(value, { pullPolicy: pullPolicy(value["reference"]) }),
  "core.v1.Probe": (value) =>
    // Zero is no value for any of them.
    fill(withoutZeros(value, ["timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]), {
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    }),
  "core.v1.HTTPGetAction": (value) => fill(value, { path: "/", scheme: "HTTP" }),
  "core.v1.SecretVolumeSource": defaultMode(0o644),
  "core.v1.ConfigMapVolumeSource": defaultMode(0o644),
  "core.v1.DownwardAPIVolumeSource": defaultMode(0o644),
  "core.v1.ProjectedVolumeSource": defaultMode(0o644),
  "core.v1.ServiceAccountTokenProjection": (value) => fill(value, { expirationSeconds: 3600 }),
  "core.v1.ObjectFieldSelector": (value) => fill(value, { apiVersion: "v1" }),
  "core.v1.HostPathVolumeSource": (value) => (isUnset(value["type"]) ? { ...value, type: "" } : value),
}

function withoutZeros(value: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([name, field]) => field !== 0 || !names.includes(name)))
}
