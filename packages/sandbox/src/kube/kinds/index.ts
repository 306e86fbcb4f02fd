import type { Resource } from "../resources/index.ts"
import { CLUSTER, WITH_STATUS } from "./cluster.ts"
import { CUSTOM_RESOURCE_DEFINITION } from "./custom-resource-definition.ts"
import { EVENT, EVENTS_EVENT } from "./event.ts"
import { POD } from "./pod.ts"
import { anythingChanged, bodyChanged, type KindRules, PLAIN, withOldMetadata } from "./rules.ts"
import { SERVICE } from "./service.ts"
import { WORKLOADS } from "./workloads.ts"

export type { KindRules, RuleContext } from "./rules.ts"

const RULES: ReadonlyMap<string, KindRules> = new Map(
  Object.entries({
    ...CLUSTER,
    ...WORKLOADS,
    events: EVENT,
    "events.k8s.io/events": EVENTS_EVENT,
    pods: POD,
    services: SERVICE,
    "apiextensions.k8s.io/customresourcedefinitions": CUSTOM_RESOURCE_DEFINITION,
  }),
)

/** Of custom resources: the generation counts changes of everything but metadata, and status where it is a subresource. */
const CUSTOM: KindRules = { ...PLAIN, unconditionalUpdate: false, desiredStateChanged: anythingChanged }
const CUSTOM_WITH_STATUS: KindRules = {
  ...CUSTOM,
  hasStatus: true,
  desiredStateChanged: bodyChanged,
  prepareStatus: withOldMetadata,
}

export function rulesFor(resource: Resource): KindRules {
  if (resource.custom) return resource.subresources.has("status") ? CUSTOM_WITH_STATUS : CUSTOM
  return (
    RULES.get(`${resource.group}/${resource.resource}`) ??
    RULES.get(resource.storage) ??
    (resource.subresources.has("status") ? WITH_STATUS : PLAIN)
  )
}
