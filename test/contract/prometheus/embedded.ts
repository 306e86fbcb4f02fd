import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { loadOpenMetrics, startMetrics } from "../../../packages/sandbox/src/metrics/index.ts"
import { MemoryStorage } from "../../../packages/promql/src/index.ts"
import { dataset } from "./dataset.ts"
import { startExporter } from "./exporter.ts"
import { configuration, dataConfiguration } from "./jobs.ts"
import { rules } from "./rules.ts"
import type { Target } from "./target.ts"

/** The data set is of another year. */
const retention = 100 * 365 * 24 * 3_600_000

/** The embedded Prometheus, new, once with the data set and once with the jobs. */
export async function startEmbedded(): Promise<Target & { close(): Promise<void> }> {
  const exporter = await startExporter()
  const log = () => {
    // What it has to say is in its answers, which are what is compared.
  }
  const dial = async (host: string, port: number) => {
    const socket = connect(port, host)
    await once(socket, "connect")
    return socket
  }
  const storage = new MemoryStorage()
  loadOpenMetrics(storage, dataset())
  const folder = await mkdtemp(join(tmpdir(), "serin-rules-"))
  const rulesFile = join(folder, "rules.yml")
  await writeFile(rulesFile, rules)
  const data = await startMetrics({ config: dataConfiguration, storage, retention, dial, log })
  const scrapes = await startMetrics({ config: configuration(exporter.address, rulesFile), dial, log })
  return {
    name: "embedded",
    features: new Set(),
    urls: { data: data.url, scrapes: scrapes.url },
    exporter,
    rulesFile,
    async close() {
      for (const metrics of [data, scrapes]) await metrics.close()
      await exporter.close()
      await rm(folder, { recursive: true })
    },
  }
}
