import { HOOK_TYPES } from "./hooks/spec.ts"
import { ANSWERS, CALL_KINDS } from "./hooks/memory.ts"
import { PHASES } from "./phases.ts"

const text = { type: "string" }
const whole = { type: "integer" }
const described = (schema: object, description: string) => ({ ...schema, description })
const object = (properties: Record<string, unknown>, required: readonly string[] = []) => ({
  type: "object",
  ...(required.length > 0 && { required }),
  properties,
})
const list = (items: unknown) => ({ type: "array", items })
/** Several notations: Serin itself says what is wrong, with the field's name. */
const free = { "x-kubernetes-preserve-unknown-fields": true }

const address = described(
  text,
  "http:// or https:// URL, without user or password. The agent calls it only where `serin install --allow-outbound` names its host.",
)
const receiver = {
  url: address,
  secretRef: described(
    object({ name: text, key: described(text, "Which of its values; `key` unless said.") }, ["name"]),
    "Secret in the namespace of the Repository; requests are signed with its value in X-Serin-Signature-256.",
  ),
  timeout: described(text, "How long an answer may take, 10s unless said, 60s at most."),
  metadata: described(
    { type: "object", additionalProperties: text },
    "Passed on to the receiver as it is; nothing secret belongs here.",
  ),
}
const gate = (what: string) =>
  described(
    free,
    `${what}: auto, manual (a person), or a URL that is asked until it answers 200; {url, secretRef, timeout, metadata}.`,
  )
const hook = object(
  {
    name: described(text, "Small letters, digits and dashes; each once."),
    type: described(
      { type: "string", enum: [...HOOK_TYPES] },
      "pre-rollout: has to succeed before the first weight; during: asked once for each check, and counts as a part of it; post-rollout, rollback: told afterwards, at least once.",
    ),
    ...receiver,
  },
  ["name", "type", "url"],
)

const side = object({ deployment: text, subset: text, container: text }, ["deployment", "subset"])
const limit = { "x-kubernetes-int-or-string": true }

const canarySpec = object(
  {
    stable: side,
    canary: side,
    virtualService: { ...free, description: "Name, or {name, route} when several http routes carry both subsets." },
    steps: { type: "array", items: free, description: "Weights in percent, or {weight, pause, for}." },
    stepWeight: whole,
    maxWeight: whole,
    analysis: object({
      interval: text,
      warmup: text,
      passes: whole,
      failures: whole,
      minimumSamples: whole,
      noData: { type: "string", enum: ["hold", "fail"] },
      source: { type: "string", enum: ["istio", "envoy", "app"] },
      lag: text,
      drain: text,
      split: {
        type: "string",
        enum: ["await", "ignore"],
        description: "Whether a step is only judged once the proxies' telemetry shows its weight.",
      },
      metrics: list(
        object(
          {
            name: text,
            query: text,
            min: limit,
            max: limit,
            compare: object({ to: text, maxRatio: { type: "number" } }),
          },
          ["name"],
        ),
      ),
    }),
    gates: described(
      object({ start: gate("Who lets a new version have its first weight"), promote: gate("Who lets it be promoted") }),
      "Where a delivery waits for somebody.",
    ),
    hooks: described(list(hook), "Who is asked or told in the course of a delivery, by signed HTTP POST."),
    promotion: object({ scaleDownCanary: { type: "boolean" } }),
    onNewImage: { type: "string", enum: ["wait", "restart"] },
  },
  ["stable", "canary"],
)

const rejected = list(object({ tag: text, digest: text, why: text }))

const deliverySpec = object(
  {
    phase: { type: "string", enum: [...PHASES] },
    revision: text,
    previous: text,
    step: whole,
    seq: whole,
    seal: text,
    replicas: object({ stable: whole, canary: whole }),
    rejected,
    owner: text,
    begun: described(
      whole,
      "seq with which this delivery began; what hooks and gates answered holds for one delivery.",
    ),
    hold: object({ by: text, reason: text }),
  },
  ["phase", "revision", "seq"],
)

const deliveryStatus = object({
  seq: whole,
  seal: text,
  phase: text,
  rejected,
  live: object({ seq: whole, at: text }),
  protect: object({ hash: text, revision: text, reason: text, by: text }),
  disturbed: list(text),
  hooks: described(
    list(
      object(
        {
          id: text,
          kind: { type: "string", enum: [...CALL_KINDS] },
          name: text,
          attempts: whole,
          noes: whole,
          last: object({ answer: { type: "string", enum: [...ANSWERS] }, text, at: text }),
          check: whole,
          tell: object({
            at: text,
            phase: text,
            step: whole,
            weight: whole,
            revision: text,
            previous: text,
            reason: text,
          }),
        },
        ["id", "kind", "name", "attempts"],
      ),
    ),
    "What gates and hooks answered, and what is still to be told.",
  ),
})

interface Column {
  readonly name: string
  readonly type: string
  readonly jsonPath: string
  readonly priority?: number
}

function definition(
  names: { readonly plural: string; readonly singular: string; readonly kind: string; readonly shortNames: string[] },
  schema: Record<string, unknown>,
  columns: readonly Column[],
) {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${names.plural}.serin.dev` },
    spec: {
      group: "serin.dev",
      scope: "Namespaced",
      names: { ...names, categories: ["serin"] },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  }
}

const age: Column = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }

/** What people write: how a Deployment's new images are delivered. */
export const canaryCrd = definition(
  { plural: "canaries", singular: "canary", kind: "Canary", shortNames: ["cny"] },
  {
    type: "object",
    required: ["spec"],
    properties: {
      spec: canarySpec,
      status: object({ phase: text, revision: text, weight: whole, message: text }),
    },
  },
  [
    { name: "Phase", type: "string", jsonPath: ".status.phase" },
    { name: "Weight", type: "integer", jsonPath: ".status.weight" },
    { name: "Revision", type: "string", jsonPath: ".status.revision" },
    { name: "Message", type: "string", jsonPath: ".status.message", priority: 1 },
    age,
  ],
)

/** What Serin writes, to Git first: the state of a canary. Its status is what the cluster remembers. */
export const deliveryCrd = definition(
  { plural: "deliveries", singular: "delivery", kind: "Delivery", shortNames: ["dlv"] },
  { type: "object", required: ["spec"], properties: { spec: deliverySpec, status: deliveryStatus } },
  [
    { name: "Phase", type: "string", jsonPath: ".spec.phase" },
    { name: "Revision", type: "string", jsonPath: ".spec.revision" },
    { name: "Step", type: "integer", jsonPath: ".spec.step" },
    { name: "Seq", type: "integer", jsonPath: ".spec.seq", priority: 1 },
    age,
  ],
)
