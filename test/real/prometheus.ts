import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { prometheusContract } from "../contract/prometheus/contract.ts"
import { dataset } from "../contract/prometheus/dataset.ts"
import { startEmbedded } from "../contract/prometheus/embedded.ts"
import { startExporter } from "../contract/prometheus/exporter.ts"
import { configuration, dataConfiguration } from "../contract/prometheus/jobs.ts"
import { rules } from "../contract/prometheus/rules.ts"
import type { Door, Target } from "../contract/prometheus/target.ts"
import { compareBoth } from "./both.ts"
import { freePorts, startDaemon, untilReady, type Daemon } from "./daemon.ts"
import type { RealSuite } from "./suite.ts"

/** The contract of Prometheus on Debian's and on the embedded one. */
export const prometheus: RealSuite = {
  name: "prometheus",
  about: "the contract of Prometheus on Debian's prometheus",
  packages: { prometheus: "prometheus", promtool: "prometheus" },
  run: (options) => compareBoth(prometheusContract, { real: startReal, embedded: startEmbedded }, options),
}

async function startReal(): Promise<Target & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "serin-real-"))
  const rulesFile = join(folder, "rules.yml")
  const exporter = await startExporter()
  const daemons: Daemon[] = []
  const close = async () => {
    for (const daemon of daemons) await daemon.stop()
    await exporter.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const start = async (door: Door, config: string): Promise<string> => {
    const [port = 0] = await freePorts(1)
    const file = join(folder, `${door}.yml`)
    writeFileSync(file, config)
    const args = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, door)}`,
      // The data set is of another year.
      "--storage.tsdb.retention.time=100y",
      `--web.listen-address=127.0.0.1:${String(port)}`,
      // Without it the addresses of targets are told with this machine's name.
      `--web.external-url=http://127.0.0.1:${String(port)}/`,
      "--scrape.discovery-reload-interval=100ms",
    ]
    const daemon = startDaemon("prometheus", "prometheus", args, join(folder, `${door}.log`))
    daemons.push(daemon)
    const url = `http://127.0.0.1:${String(port)}`
    await untilReady(daemon, () => ready(`${url}/-/ready`), 20_000)
    return url
  }
  try {
    writeBlocks(folder)
    writeFileSync(rulesFile, rules)
    const urls = {
      data: await start("data", dataConfiguration),
      scrapes: await start("scrapes", configuration(exporter.address, rulesFile)),
    }
    return { name: "real", features: new Set(), urls, exporter, rulesFile, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The data set as blocks: a Prometheus takes nothing of another year by scraping. */
function writeBlocks(folder: string): void {
  const [text, blocks] = [join(folder, "data.txt"), join(folder, "data")]
  mkdirSync(blocks)
  writeFileSync(text, dataset())
  const { status, stderr } = spawnSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", text, blocks], {
    encoding: "utf8",
  })
  if (status !== 0) throw new Error(`promtool made no blocks: ${stderr}`)
}

async function ready(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    // Not up yet; the caller asks again until its deadline.
    return false
  }
}
