import type { Masker } from "./mask.ts"
import { controls, type Answer, type Seen } from "./pod/wire.ts"

/** Of one connection, or another in each run, or left out for the reason in `fidelity.ts`. */
const unshown = new Set(["connection", "keep-alive", "date", "transfer-encoding", "x-envoy-decorator-operation"])
const controlFields = new Set<string>(Object.values(controls))

/** An answer as a transcript shows it: what came, and what the pod behind saw of the request. */
export function shown(answer: Answer, masker: Masker): string[] {
  if (answer.error !== undefined) return [`no answer: ${answer.error}`]
  const seen = seenBy(answer)
  // The length of what a pod says depends on ids and addresses in it.
  const ofPod = fieldOf(answer.headers, "x-from") !== undefined
  const without = ofPod ? new Set([...unshown, "content-length"]) : unshown
  return [
    String(answer.status),
    ...fields(answer.headers, without, masker),
    ...(seen === undefined
      ? answer.body === ""
        ? []
        : [`body: ${masker.text(answer.body)}`]
      : shownSeen(seen, masker)),
  ]
}

/** What a pod saw, of an answer that is a pod's and has a body. */
export function seenBy({ headers, body }: Answer): Seen | undefined {
  if (fieldOf(headers, "x-from") === undefined || !body.startsWith("{")) return undefined
  return JSON.parse(body) as Seen
}

function fieldOf(flat: readonly string[], name: string): string | undefined {
  const at = flat.findIndex((item, index) => index % 2 === 0 && item.toLowerCase() === name)
  return at < 0 ? undefined : flat[at + 1]
}

export function shownSeen({ pod, method, path, headers, body }: Seen, masker: Masker): string[] {
  return [
    `${pod} saw ${method} ${masker.text(path)}`,
    ...fields(headers, new Set([...unshown, ...controlFields]), masker).map((line) => `    ${line}`),
    ...(body === "" ? [] : [`    body: ${body}`]),
  ]
}

/** In the order of their names, as proxies and Node write them in orders of their own; values of one name in theirs. */
function fields(flat: readonly string[], without: ReadonlySet<string>, masker: Masker): string[] {
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([(flat[i] ?? "").toLowerCase(), flat[i + 1] ?? ""])
  return pairs
    .filter(([name]) => !without.has(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}: ${masker.field(name, value)}`)
}

/** Who answered: a version of the pods, or the status of an answer that is no pod's. */
export function answeredBy(answer: Answer): string {
  if (answer.error !== undefined) return answer.error
  return (answer.status === 200 ? fieldOf(answer.headers, "x-from") : undefined) ?? String(answer.status)
}
