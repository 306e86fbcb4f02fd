import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts, startDaemon, untilReady } from "../../test/real/daemon.ts"
import { dataset, steps, timeOf } from "./dataset.ts"
import { remoteWrite, type Written } from "./remote-write.ts"

export interface Theirs {
  readonly url: string
  version(): Promise<string>
  close(): Promise<void>
}

/** Samples of each series that are sent at a time: those of a quarter of an hour, so that none comes too late. */
const window = 60

/** A real Prometheus on loopback with the data set, which it has in memory as if it had scraped it. */
export async function startTheirs(seed: number, start: number): Promise<Theirs> {
  const folder = mkdtempSync(join(tmpdir(), "serin-bench-"))
  const [port = 0] = await freePorts(1)
  const config = join(folder, "prometheus.yml")
  writeFileSync(config, "scrape_configs: []\n")
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${String(port)}`,
    "--web.enable-remote-write-receiver",
  ]
  const daemon = startDaemon("prometheus", "prometheus", args, join(folder, "log"))
  const close = async (): Promise<void> => {
    await daemon.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${String(port)}`
  try {
    await untilReady(daemon, () => answers(`${url}/-/ready`), 20_000)
    await fill(url, seed, start)
    return { url, version: () => version(url), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function fill(url: string, seed: number, start: number): Promise<void> {
  const series = dataset(seed)
  for (let first = 0; first < steps; first += window) {
    const written = series.map(({ labels }) => ({ labels, times: new Array<number>(), values: new Array<number>() }))
    for (let step = first; step < first + window; step += 1) {
      series.forEach((one, index) => {
        written[index]?.times.push(timeOf(one, start, step))
        written[index]?.values.push(one.next())
      })
    }
    await remoteWrite(url, written satisfies Written[])
  }
}

async function version(url: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/status/buildinfo`)
  const { data } = (await response.json()) as { readonly data: { readonly version: string } }
  return data.version
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    // Not up yet; the caller asks again until its deadline.
    return false
  }
}
