import type { KubeObject } from "../client.ts"
import { equalJson } from "../json.ts"
import type { CronJob, Job, JobSpec } from "../types.gen.ts"
import { immutable, nonNegative, without } from "./checks.ts"
import { isTimeZone, scheduleProblem } from "./cron.ts"
import { invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsSubdomain } from "./names.ts"
import { restartPolicies, validatePodTemplate } from "./pods.ts"
import { labelSelector, selects } from "./selectors.ts"

const MAX_INDEXED_PARALLELISM = 100_000
/** Jobs of a CronJob get its name and a dash and ten digits. */
const MAX_CRON_NAME = 52

const controllerUid = "batch.kubernetes.io/controller-uid"

export function* validateJob(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { spec } = object as Job
  yield* validateMeta(object, dnsSubdomain)
  if (spec === undefined) return
  yield* generatedSelector(object.metadata.uid, spec)
  yield* wholeSpec(spec)
  if (old === undefined) return
  yield* validateMetaUpdate(object, old)
  yield* wholeSpec(spec)
  const before: Partial<JobSpec> = (old as Job).spec ?? {}
  // An indexed Job may be made longer or shorter together with its parallelism.
  const elastic = spec.completionMode === "Indexed" && spec.completions === spec.parallelism
  if (!elastic) yield* immutable("spec.completions", spec.completions, before.completions)
  yield* immutable("spec.selector", spec.selector, before.selector)
  // Where its pods may run can still be changed before they do.
  const startable = spec.suspend === true && (old as Job).status?.startTime === undefined
  const changed = !equalJson(spec.template, before.template) && !(startable && equalJson(placed(spec), placed(before)))
  if (changed) yield invalidValue("spec.template", spec.template, "field is immutable")
  for (const field of [
    "completionMode",
    "podFailurePolicy",
    "backoffLimitPerIndex",
    "managedBy",
    "successPolicy",
  ] as const) {
    yield* immutable(`spec.${field}`, spec[field], before[field])
  }
}

function* wholeSpec(spec: JobSpec): Iterable<FieldError> {
  yield* validateJobSpec("spec", spec)
  yield* jobSelector(spec)
}

/** A template without what says where its pods may run. */
function placed({ template }: Partial<JobSpec>): object {
  return {
    metadata: without(template?.metadata ?? {}, "labels", "annotations"),
    spec: without(template?.spec ?? {}, "affinity", "nodeSelector", "tolerations", "schedulingGates"),
  }
}

/** The server makes the selector up itself, unless told not to. */
function* generatedSelector(uid: string | undefined, spec: JobSpec): Iterable<FieldError> {
  if (spec.manualSelector === true || spec.selector === undefined) return
  const expected = { matchLabels: { [controllerUid]: uid ?? "" } }
  if (!equalJson(spec.selector, expected)) {
    yield invalidValue("spec.selector", spec.selector, "`selector` not auto-generated")
  }
}

function* jobSelector({ selector, template }: JobSpec): Iterable<FieldError> {
  if (selector === undefined) yield required("spec.selector")
  else yield* labelSelector("spec.selector", selector)
  const labels = template.metadata?.labels
  if (selects(selector, labels ?? {}) !== false) return
  yield invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
}

export function* validateJobSpec(path: string, spec: JobSpec): Iterable<FieldError> {
  for (const field of [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
  ] as const) {
    yield* nonNegative(`${path}.${field}`, spec[field])
  }
  yield* completionMode(path, spec)
  const policy = spec.podReplacementPolicy
  const supported = ["Failed", "TerminatingOrFailed"]
  if (policy !== undefined && !supported.includes(policy)) {
    yield notSupported(`${path}.podReplacementPolicy`, policy, supported)
  }
  yield* validatePodTemplate(`${path}.template`, spec.template)
  const restart = spec.template.spec?.restartPolicy ?? ""
  const field = `${path}.template.spec.restartPolicy`
  const finite = restartPolicies.filter((one) => one !== "Always")
  if (restart === "Always" || restart === "") {
    yield required(field, `valid values: ${finite.map((one) => JSON.stringify(one)).join(", ")}`)
  } else if (!finite.includes(restart)) yield notSupported(field, restart, finite)
  else if (spec.podFailurePolicy !== undefined && restart !== "Never") {
    yield invalidValue(field, restart, 'only "Never" is supported when podFailurePolicy is specified')
  }
}

function* completionMode(path: string, spec: JobSpec): Iterable<FieldError> {
  const { completionMode: mode, completions, parallelism = 0, backoffLimitPerIndex, maxFailedIndexes } = spec
  const supported = ["NonIndexed", "Indexed"]
  if (mode !== undefined && !supported.includes(mode)) yield notSupported(`${path}.completionMode`, mode, supported)
  if (mode === "Indexed") {
    if (completions === undefined) yield required(`${path}.completions`, "when completion mode is Indexed")
    if (parallelism > MAX_INDEXED_PARALLELISM) {
      yield invalidValue(
        `${path}.parallelism`,
        parallelism,
        `must be less than or equal to ${MAX_INDEXED_PARALLELISM} when completion mode is Indexed`,
      )
    }
  }
  if (mode !== undefined && mode !== "NonIndexed") return
  const detail = "requires indexed completion mode"
  if (backoffLimitPerIndex !== undefined) {
    yield invalidValue(`${path}.backoffLimitPerIndex`, backoffLimitPerIndex, detail)
  }
  if (maxFailedIndexes !== undefined) yield invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, detail)
}

export function* validateCronJob(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { metadata, spec } = object as CronJob
  if (old === undefined) yield* validateMeta(object, dnsSubdomain)
  else yield* validateMetaUpdate(object, old)
  if (spec !== undefined) yield* cronSpec(spec)
  const { name = "" } = metadata
  if (old === undefined && name.length > MAX_CRON_NAME) {
    yield invalidValue("metadata.name", name, `must be no more than ${MAX_CRON_NAME} characters`)
  }
}

function* cronSpec(spec: NonNullable<CronJob["spec"]>): Iterable<FieldError> {
  const { schedule, timeZone, concurrencyPolicy: policy = "" } = spec
  if (schedule === "") yield required("spec.schedule")
  else {
    const problem = scheduleProblem(schedule)
    if (problem !== undefined) yield invalidValue("spec.schedule", schedule, problem)
    if (schedule.includes("TZ")) {
      yield invalidValue("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
    }
  }
  yield* nonNegative("spec.startingDeadlineSeconds", spec.startingDeadlineSeconds)
  if (timeZone === "") yield invalidValue("spec.timeZone", timeZone, "timeZone must be nil or non-empty string")
  else if (timeZone !== undefined && !isTimeZone(timeZone)) {
    yield invalidValue("spec.timeZone", timeZone, `unknown time zone ${timeZone}`)
  }
  const supported = ["Allow", "Forbid", "Replace"]
  if (policy === "") yield required("spec.concurrencyPolicy")
  else if (!supported.includes(policy)) yield notSupported("spec.concurrencyPolicy", policy, supported)
  yield* jobTemplate("spec.jobTemplate.spec", spec.jobTemplate.spec)
  yield* nonNegative("spec.successfulJobsHistoryLimit", spec.successfulJobsHistoryLimit)
  yield* nonNegative("spec.failedJobsHistoryLimit", spec.failedJobsHistoryLimit)
}

function* jobTemplate(path: string, spec: JobSpec | undefined): Iterable<FieldError> {
  if (spec === undefined) return
  yield* validateJobSpec(path, spec)
  if (spec.manualSelector === true) yield notSupported(`${path}.manualSelector`, true, ["nil", "false"])
  if (spec.selector !== undefined) {
    yield invalidValue(`${path}.selector`, spec.selector, "`selector` will be auto-generated")
  }
}
