import { at, list, text, type Json, type JsonObject } from "../../harness/json.ts"
import type { Session } from "../session.ts"

const pollMs = 30
const strategic = { contentType: "application/strategic-merge-patch+json" }

/** What a kubelet does to the pods of the case's namespace, done by the case, at its own pace. */
export class PlayedKubelet {
  #addresses = 0

  constructor(private readonly s: Session) {}

  async pods(): Promise<Json[]> {
    return list(await this.s.quiet("GET", this.s.core("pods")), "items")
  }

  /** Lets the next `count` pods (on the node, not yet ready) become ready; waits for them to come. */
  async start(count: number, readySince = new Date()): Promise<void> {
    for (let started = 0; started < count; started += 1) {
      const pod = await this.#next("a pod to start", (one) => !isReady(one) && isHere(one))
      this.#addresses += 1
      await this.#status(pod, {
        phase: "Running",
        podIP: `10.244.0.${String(this.#addresses)}`,
        podIPs: [{ ip: `10.244.0.${String(this.#addresses)}` }],
        conditions: [
          { type: "Ready", status: "True", lastTransitionTime: readySince.toISOString().replace(/\.\d+/, "") },
        ],
      })
    }
  }

  /** Ends the next `count` running pods, as `restartPolicy: Never` leaves them. */
  async finish(count: number, phase: "Succeeded" | "Failed"): Promise<void> {
    for (let finished = 0; finished < count; finished += 1) {
      const pod = await this.#next("a pod to finish", (one) => isHere(one))
      const finishedAt = new Date().toISOString().replace(/\.\d+/, "")
      const exitCode = phase === "Succeeded" ? 0 : 1
      await this.#status(pod, {
        phase,
        conditions: [{ type: "Ready", status: "False" }],
        containerStatuses: [
          {
            name: "main",
            image: "app:1",
            imageID: "",
            ready: false,
            restartCount: 0,
            state: { terminated: { exitCode, finishedAt } },
          },
        ],
      })
    }
  }

  /** Takes away what is being deleted, as after its grace period; waits for `count` of them. */
  async remove(count: number): Promise<void> {
    for (let removed = 0; removed < count; removed += 1) {
      const pod = await this.#next("a pod to go", (one) => text(one, "metadata", "deletionTimestamp") !== "")
      const options = { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0 }
      await this.s.quiet("DELETE", this.s.core("pods", text(pod, "metadata", "name")), options)
    }
  }

  async #next(what: string, wanted: (pod: Json) => boolean): Promise<Json> {
    const body = await this.s.until(what, this.s.core("pods"), (pods) => list(pods, "items").some(wanted))
    // The oldest first, so that a case goes the same way each time.
    const found = list(body, "items").filter(wanted).sort(byAge)[0]
    if (found === undefined) throw new Error(`none found: ${what}`)
    return found
  }

  async #status(pod: Json, status: JsonObject): Promise<void> {
    const path = `${this.s.core("pods", text(pod, "metadata", "name"))}/status`
    await this.s.quiet("PATCH", path, { status }, strategic)
  }
}

/** Waits until nothing in the namespace has changed for a while, so that controllers have done what they will do. */
export async function settled(s: Session, ...paths: readonly string[]): Promise<Json[]> {
  let before = ""
  let unchanged = 0
  const deadline = Date.now() + 15_000
  for (;;) {
    const bodies = await Promise.all(paths.map((path) => s.quiet("GET", path)))
    const versions = JSON.stringify(bodies.map((body) => list(body, "items")))
    unchanged = versions === before ? unchanged + 1 : 0
    if (unchanged >= 10) return bodies
    if (Date.now() > deadline) throw new Error("not settled within 15 s: something is written again and again")
    before = versions
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

function isReady(pod: Json): boolean {
  return list(pod, "status", "conditions").some(
    (item) => text(item, "type") === "Ready" && text(item, "status") === "True",
  )
}

/** On a node, neither ended nor on its way out. */
function isHere(pod: Json): boolean {
  const phase = text(pod, "status", "phase")
  const leaving = at(pod, "metadata", "deletionTimestamp") !== undefined
  return text(pod, "spec", "nodeName") !== "" && phase !== "Succeeded" && phase !== "Failed" && !leaving
}

function byAge(a: Json, b: Json): number {
  return Number(text(a, "metadata", "resourceVersion")) - Number(text(b, "metadata", "resourceVersion"))
}
