import { describe, expect, it } from "vitest"
import type { Container, PodSpec } from "../../kube/types.gen.ts"
import { conditionsOf } from "../status/conditions.ts"
import { phaseOf } from "../status/phase.ts"
import { plan } from "./plan.ts"
import { newRecord, type ContainerRecord } from "./record.ts"

const end = (exitCode: number) => ({
  kind: "terminated" as const,
  exitCode,
  reason: exitCode === 0 ? "Completed" : "Error",
  startedAt: 0,
  finishedAt: 1,
  containerId: "serin://x",
})
const runs = (name: string, started = true): ContainerRecord => ({
  ...newRecord(name),
  state: { kind: "running", startedAt: 0, containerId: "serin://x" },
  started,
  ready: started,
})
const ended = (name: string, exitCode: number): ContainerRecord => ({ ...newRecord(name), state: end(exitCode) })
const backingOff = (name: string, exitCode: number): ContainerRecord => ({ ...newRecord(name), last: end(exitCode) })
const table = (...records: readonly ContainerRecord[]) => new Map(records.map((record) => [record.name, record]))

const spec = (restartPolicy: string, inits: readonly Partial<Container>[] = []): PodSpec => ({
  restartPolicy,
  initContainers: inits.map((init, index) => ({ name: `i${index}`, ...init })),
  containers: [{ name: "a" }, { name: "b" }],
})
const sidecar = { restartPolicy: "Always" }

describe("what is to be started", () => {
  it.each([
    ["all at the beginning", spec("Always"), table(), ["a", "b"], false],
    ["only what is not running", spec("Always"), table(runs("a")), ["b"], false],
    ["what has ended, whatever its code, with Always", spec("Always"), table(ended("a", 0), runs("b")), ["a"], false],
    ["what has failed with OnFailure", spec("OnFailure"), table(ended("a", 0), ended("b", 1)), ["b"], false],
    ["also while it backs off", spec("OnFailure"), table(ended("a", 0), backingOff("b", 1)), ["b"], false],
    ["nothing with Never", spec("Never"), table(ended("a", 0), ended("b", 1)), [], true],
    ["nothing more when all succeeded", spec("OnFailure"), table(ended("a", 0), ended("b", 0)), [], true],
    ["the first init container alone", spec("Always", [{}, {}]), table(), ["i0"], false],
    ["the second when the first succeeded", spec("Always", [{}, {}]), table(ended("i0", 0)), ["i1"], false],
    ["nothing while one runs", spec("Always", [{}, {}]), table(ended("i0", 0), runs("i1")), [], false],
    ["a failed one again", spec("Always", [{}]), table(ended("i0", 1)), ["i0"], false],
    ["nothing when a failed one is not to run again", spec("Never", [{}]), table(ended("i0", 1)), [], true],
    ["a sidecar, waited for until started", spec("Always", [sidecar]), table(runs("i0", false)), [], false],
    ["the others once it has", spec("Always", [sidecar]), table(runs("i0")), ["a", "b"], false],
    [
      "a sidecar again while the others run",
      spec("Always", [sidecar]),
      table(ended("i0", 0), runs("a"), runs("b")),
      ["i0"],
      false,
    ],
    [
      "no sidecar for a pod that is over",
      spec("Never", [sidecar]),
      table(ended("i0", 0), ended("a", 0), ended("b", 0)),
      [],
      true,
    ],
  ])("%s", (_what, podSpec, records, start, over) => {
    expect(plan(podSpec, records)).toEqual({ start, over })
  })
})

describe("the phase", () => {
  it.each([
    ["Pending", spec("Always"), table()],
    ["Pending", spec("Always"), table(runs("a"))],
    ["Pending", spec("Always", [{}]), table(runs("i0"))],
    ["Pending", spec("Always", [{}]), table(backingOff("i0", 1))],
    ["Failed", spec("Never", [{}]), table(ended("i0", 1))],
    ["Running", spec("Always"), table(runs("a"), runs("b"))],
    ["Running", spec("Always"), table(runs("a"), backingOff("b", 1))],
    ["Running", spec("Never"), table(runs("a"), ended("b", 1))],
    ["Succeeded", spec("Never"), table(ended("a", 0), ended("b", 0))],
    ["Failed", spec("Never"), table(ended("a", 0), ended("b", 1))],
    ["Running", spec("Never", [sidecar]), table(runs("i0"), ended("a", 0), ended("b", 0))],
    ["Succeeded", spec("Never", [sidecar]), table(ended("i0", 137), ended("a", 0), ended("b", 0))],
  ])("is %s", (phase, podSpec, records) => {
    expect(phaseOf(podSpec, records)).toBe(phase)
  })

  it("of a pod that was ended for good is by its exit codes", () => {
    expect(phaseOf(spec("Always"), table(ended("a", 0), ended("b", 0)), true)).toBe("Succeeded")
    expect(phaseOf(spec("Always"), table(ended("a", 0), ended("b", 143)), true)).toBe("Failed")
    expect(phaseOf(spec("Always"), table(), true)).toBe("Failed")
  })
})

describe("the conditions", () => {
  const verdict = (type: string, podSpec: PodSpec, records: ReadonlyMap<string, ContainerRecord>, status = {}) =>
    conditionsOf(
      { apiVersion: "v1", kind: "Pod", metadata: {}, spec: podSpec, status },
      records,
      phaseOf(podSpec, records),
      true,
    ).find((condition) => condition.type === type)

  it("name what is not ready", () => {
    expect(verdict("Ready", spec("Always"), table(runs("a"), runs("b", false)))).toEqual({
      type: "Ready",
      status: "False",
      reason: "ContainersNotReady",
      message: "containers with unready status: [b]",
    })
    expect(verdict("Ready", spec("Always"), table(runs("a"), runs("b")))).toEqual({ type: "Ready", status: "True" })
  })

  it("ask for readiness gates as well", () => {
    const gated = { ...spec("Always"), readinessGates: [{ conditionType: "x/y" }] }
    const records = table(runs("a"), runs("b"))
    expect(verdict("Ready", gated, records)).toMatchObject({ reason: "ReadinessGatesNotReady" })
    expect(verdict("ContainersReady", gated, records)).toMatchObject({ status: "True" })
    const status = { conditions: [{ type: "x/y", status: "True" }] }
    expect(verdict("Ready", gated, records, status)).toMatchObject({ status: "True" })
  })

  it("say what initialization waits for, and forget it once a container runs", () => {
    expect(verdict("Initialized", spec("Always", [{}, {}]), table(ended("i0", 0)))).toMatchObject({
      status: "False",
      message: "containers with incomplete status: [i1]",
    })
    expect(verdict("Initialized", spec("Always", [{}]), table(runs("a")))).toMatchObject({ status: "True" })
  })

  it("of a finished pod say so", () => {
    const records = table(ended("a", 0), ended("b", 0))
    expect(verdict("Ready", spec("Never"), records)).toMatchObject({ status: "False", reason: "PodCompleted" })
    expect(verdict("Initialized", spec("Never"), records)).toMatchObject({ status: "True", reason: "PodCompleted" })
  })
})
