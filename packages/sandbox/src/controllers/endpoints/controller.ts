import { isDeepStrictEqual } from "node:util"
import type { KubeClient, KubeObject } from "../../kube/index.ts"
import type { Endpoints, EndpointSlice, Pod, Service } from "../../kube/types.gen.ts"
import { selects } from "../pods/index.ts"
import {
  itself,
  keyOf,
  missing,
  present,
  refs,
  splitKey,
  startController,
  type Context,
  type Controller,
  type Outcome,
} from "../runtime/index.ts"
import { LEGACY_MANAGED_BY, LEGACY_MANAGER, legacyEndpoints } from "./legacy.ts"
import { MANAGED_BY, MANAGER, inPlace, newSlice, SERVICE_NAME, sliceContents, type SliceContent } from "./slices.ts"
import { changedAt } from "./trigger-time.ts"

/** Tells, for each Service with a selector, which pods answer for it: as EndpointSlices and as the older Endpoints. */
export function startEndpoints(context: Context): Controller {
  const { client } = context
  // A pod that changes its labels leaves Services that no longer select it: they are found by what they list.
  const ofPod = async ({ metadata: { namespace = "", labels, name } }: KubeObject): Promise<string[]> => {
    const { items: services } = await client.list<Service>(refs.services, { namespace })
    const { items: slices } = await client.list<EndpointSlice>(refs.endpointSlices, { namespace })
    const listing = slices
      .filter((slice) => (slice.endpoints ?? []).some((endpoint) => endpoint.targetRef?.name === name))
      .map((slice) => `${namespace}/${slice.metadata.labels?.[SERVICE_NAME] ?? ""}`)
    return [...services.filter((service) => selectsPod(service, labels)).map(keyOf), ...listing]
  }
  const ofSlice = ({ metadata: { namespace = "", labels = {} } }: KubeObject): string[] =>
    labels[MANAGED_BY] === MANAGER ? [`${namespace}/${labels[SERVICE_NAME] ?? ""}`] : []
  return startController(
    "endpoints",
    context,
    [
      { ref: refs.services, keys: itself },
      { ref: refs.pods, keys: ofPod },
      { ref: refs.endpointSlices, keys: ofSlice },
      { ref: refs.endpoints, keys: (object) => (isOurs(object) ? itself(object) : []) },
    ],
    (key) => reconcile(key, client),
  )
}

function isOurs({ metadata: { labels = {} } }: KubeObject): boolean {
  return labels[LEGACY_MANAGED_BY] === LEGACY_MANAGER
}

function selectsPod({ spec }: Service, labels: Readonly<Record<string, string>> | undefined): boolean {
  return spec?.selector !== undefined && selects({ matchLabels: spec.selector }, labels)
}

async function reconcile(key: string, client: KubeClient): Promise<Outcome> {
  const { namespace, name } = splitKey(key)
  const service = await present(client.get<Service>(refs.services, name, namespace))
  if (service === undefined) {
    // Slices are owned by their Service and go with it; the older object has its name only.
    const left = await present(client.get<Endpoints>(refs.endpoints, name, namespace))
    if (left !== undefined && isOurs(left)) await missing(client.delete(refs.endpoints, name, namespace))
    return undefined
  }
  // One without a selector is filled by somebody else.
  if (service.spec?.selector === undefined || service.spec.type === "ExternalName") return undefined
  if (service.metadata.deletionTimestamp !== undefined) return undefined
  const { items } = await client.list<Pod>(refs.pods, { namespace })
  const pods = items.filter((pod) => selectsPod(service, pod.metadata.labels))
  const since = changedAt(service, pods)
  await reconcileSlices(client, service, sliceContents(service, pods), since)
  await reconcileLegacy(client, service, pods, since)
  return undefined
}

async function reconcileSlices(
  client: KubeClient,
  service: Service,
  contents: readonly SliceContent[],
  since: string | undefined,
): Promise<void> {
  const { name = "", namespace = "" } = service.metadata
  const labelSelector = `${SERVICE_NAME}=${name},${MANAGED_BY}=${MANAGER}`
  const { items } = await client.list<EndpointSlice>(refs.endpointSlices, { namespace, labelSelector })
  const left = [...items]
  for (const content of contents) {
    const wanted = newSlice(service, content, since)
    const samePorts = left.findIndex((slice) => isDeepStrictEqual(slice.ports ?? [], wanted.ports))
    const [slice] = left.splice(Math.max(0, samePorts), 1)
    if (slice === undefined) await client.create(refs.endpointSlices, wanted)
    else if (differs(slice, wanted)) {
      const endpoints = inPlace(wanted.endpoints ?? [], slice.endpoints ?? [])
      const metadata = merged(slice, wanted)
      await client.update(refs.endpointSlices, { ...wanted, ...(endpoints.length > 0 && { endpoints }), metadata })
    }
  }
  for (const slice of left) await missing(client.delete(refs.endpointSlices, slice.metadata.name ?? "", namespace))
}

/** Whether slices tell different things; the order of endpoints tells nothing. */
function differs(slice: EndpointSlice, wanted: EndpointSlice): boolean {
  const content = ({ ports, endpoints, metadata: { labels } }: EndpointSlice) => ({
    ports: ports ?? [],
    endpoints: new Set(endpoints ?? []),
    labels,
  })
  return !isDeepStrictEqual(content(slice), content(wanted))
}

async function reconcileLegacy(
  client: KubeClient,
  service: Service,
  pods: readonly Pod[],
  since: string | undefined,
): Promise<void> {
  const { name = "", namespace = "" } = service.metadata
  const wanted = legacyEndpoints(service, pods, since)
  const found = await present(client.get<Endpoints>(refs.endpoints, name, namespace))
  if (found === undefined) {
    await client.create(refs.endpoints, wanted)
    return
  }
  const content = ({ subsets, metadata: { labels } }: Endpoints) => ({ subsets: subsets ?? [], labels })
  if (isDeepStrictEqual(content(found), content(wanted))) return
  await client.update(refs.endpoints, { ...wanted, metadata: merged(found, wanted) })
}

/** What is stored, with labels and annotations as wanted. */
function merged({ metadata }: KubeObject, { metadata: { labels, annotations } }: KubeObject): KubeObject["metadata"] {
  return {
    ...metadata,
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations: { ...metadata.annotations, ...annotations } }),
  }
}
