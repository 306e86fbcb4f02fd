import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Labels } from "../../../packages/promql/src/labels.ts"
import { toNumber, type Answer, type Loaded } from "../../../packages/promql/src/promqltest/index.ts"
import { freePorts, startDaemon, untilReady, type Daemon } from "../daemon.ts"
import type { Question } from "./judge.ts"

/** Debian's Prometheus with some samples, asked over HTTP. */
export class DebianPrometheus {
  readonly #url: string
  readonly #daemon: Daemon
  readonly #folder: string

  private constructor(url: string, daemon: Daemon, folder: string) {
    this.#url = url
    this.#daemon = daemon
    this.#folder = folder
  }

  /** Samples are floats at times after 1970. */
  static async start(data: readonly Loaded[]): Promise<DebianPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), "serin-real-"))
    const [text, blocks, config] = [join(folder, "data.txt"), join(folder, "data"), join(folder, "prometheus.yml")]
    mkdirSync(blocks)
    writeFileSync(text, openMetrics(data))
    writeFileSync(config, "{}\n")
    const made = spawnSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", text, blocks], {
      encoding: "utf8",
    })
    if (made.status !== 0) throw new Error(`promtool made no blocks: ${made.stderr}`)
    const [port = 0] = await freePorts(1)
    const url = `http://127.0.0.1:${String(port)}`
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${blocks}`,
      // The data is of another year.
      "--storage.tsdb.retention.time=100y",
      `--web.listen-address=127.0.0.1:${String(port)}`,
    ]
    const daemon = startDaemon("prometheus", "prometheus", args, join(folder, "log"))
    const started = new DebianPrometheus(url, daemon, folder)
    try {
      await untilReady(daemon, () => isReady(url), 20_000)
      return started
    } catch (error) {
      await started.stop()
      throw error
    }
  }

  async ask({ query, start, end, step }: Question): Promise<Answer> {
    const seconds = (time: number) => String(time / 1000)
    const range = end !== undefined && step !== undefined
    const parameters = range
      ? { query, start: seconds(start), end: seconds(end), step: seconds(step) }
      : { query, time: seconds(start) }
    const response = await fetch(`${this.#url}/api/v1/${range ? "query_range" : "query"}`, {
      method: "POST",
      body: new URLSearchParams(parameters),
    })
    return answerOf((await response.json()) as Body)
  }

  async stop(): Promise<void> {
    await this.#daemon.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

type Point = readonly [seconds: number, value: string]
interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: Point
  readonly values: readonly Point[]
}
/** What the HTTP API answers. */
type Body =
  | { readonly status: "error"; readonly errorType: string; readonly error: string }
  | { readonly status: "success"; readonly data: Data }
type Data =
  | { readonly resultType: "scalar" | "string"; readonly result: Point }
  | { readonly resultType: "vector" | "matrix"; readonly result: readonly Series[] }

function answerOf(body: Body): Answer {
  if (body.status === "error")
    return { type: "error", kind: body.errorType === "bad_data" ? "parse" : "execution", message: body.error }
  const told = { warnings: [], infos: [] }
  const sample = ([seconds, value]: Point) => [Math.round(seconds * 1000), toNumber(value)] as const
  switch (body.data.resultType) {
    case "scalar":
      return { type: "scalar", sample: sample(body.data.result), ...told }
    case "string":
      return { type: "string", time: 0, value: body.data.result[1], ...told }
    case "vector": {
      const series = body.data.result.map(({ metric, value }) => ({
        labels: Labels.from(metric),
        sample: sample(value),
      }))
      return { type: "vector", series, ...told }
    }
    case "matrix": {
      const series = body.data.result.map(({ metric, values }) => ({
        labels: Labels.from(metric),
        samples: values.map(sample),
      }))
      return { type: "matrix", series, ...told }
    }
  }
}

/** Families one after the other, each series in the order of time, as the format wants it. */
function openMetrics(data: readonly Loaded[]): string {
  const lines = data.flatMap(({ labels, samples }) => {
    const inside = labels.pairs.filter(([name]) => name !== "__name__").map(([name, value]) => `${name}="${value}"`)
    return samples.map(([time, value]) => {
      if (typeof value !== "number") throw new TypeError("the format of these blocks has floats only")
      return `${labels.get("__name__")}{${inside.join(",")}} ${Object.is(value, -0) ? "-0" : String(value)} ${String(time / 1000)}`
    })
  })
  return `${lines.join("\n")}\n# EOF\n`
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    // Not up yet; the caller asks again until its deadline.
    return false
  }
}
