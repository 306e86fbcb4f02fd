import { PHASES } from "./delivery.ts"

const text = { type: "string" }
const whole = { type: "integer" }
const object = (properties: Record<string, unknown>, required: readonly string[] = []) => ({
  type: "object",
  ...(required.length > 0 && { required }),
  properties,
})
const list = (items: unknown) => ({ type: "array", items })
/** Several notations: Serin itself says what is wrong, with the field's name. */
const free = { "x-kubernetes-preserve-unknown-fields": true }
const openObject = { type: "object", ...free }

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
    gates: object({ start: text, promote: text }),
    hooks: { type: "array", items: openObject },
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
    hold: object({ by: text, reason: text }),
  },
  ["phase", "revision", "seq"],
)

const deliveryStatus = object({
  seq: whole,
  seal: text,
  rejected,
  live: object({ seq: whole, at: text }),
  protect: object({ hash: text, revision: text, reason: text, by: text }),
  disturbed: list(text),
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
