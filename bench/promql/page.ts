import { writeFileSync } from "node:fs"
import { cpus, loadavg, totalmem } from "node:os"
import { fileURLToPath } from "node:url"
import { format, resolveConfig } from "prettier"
import type { Comparison, Row } from "./compare.ts"

const file = fileURLToPath(new URL("../../docs/reference/promql-speed.md", import.meta.url))

const number = (value: number, digits = 0): string => value.toFixed(digits)

/** docs/reference/promql-speed.md from one run. */
export async function writePage({ rows, bytesPerSample, readAllMs, version }: Comparison): Promise<void> {
  const model = (cpus()[0]?.model ?? "unknown").trim()
  const cores = `${String(cpus().length)} cores (${model}), ${(totalmem() / 2 ** 30).toFixed(0)} GB`
  const day = new Date().toISOString().slice(0, 10)
  const text = `# How fast the embedded Prometheus answers

\`npm run bench promql -- --update\` measures this and writes this page; one run, of ${day}, on ${cores}: Node.js ${process.versions.node},
Prometheus ${version}. The load average of the last 15 minutes was ${(loadavg()[2] ?? 0).toFixed(1)}; where that is far above the number of cores, other work
went on, and times say little; ratios say more, since both take turns.

| range query, 240 steps of 30 s | series answered | ours, ms | theirs, ms | ours / theirs | ours without HTTP, ms |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.map(line).join("\n")}

A sample takes **${number(bytesPerSample, 2)} bytes** at rest, all memory of the storage counted: codes, open blocks, series' state, labels and the index.
All 4.8 million samples are decoded in ${number(readAllMs)} ms.

## How it is measured

- The same samples in both: 10,000 series over two hours at 15 s, as 40 pods of a service would expose them. 640 latency histograms (sums of
  seconds with all their digits), counters with random increments, gauges that walk, stand still or have no order at all. One scrape in twenty is
  some milliseconds late.
- The real one is Debian's, with its defaults, and has the samples by remote write in its head, as if it had scraped them. Both run on loopback as processes of
  their own, and both are asked over HTTP: from sending the query to the last byte of the answer. The last column is our engine alone.
- Each query once without counting; that both give the same, to nine digits, is checked there (in the first windows, which begin before
  the samples do, only that both have something: Prometheus 3 extrapolates there by another rule). Then ${String(rounds)} rounds of one each; medians.
- Memory is what the heap and its buffers hold more, once the garbage is gone, than before there was a storage; nothing else then remembers the data.

## How samples are kept

A series has a chain of blocks of 128 bytes. In a block times and values stand in codes of one to nine bytes that say what is new: how far a time is off
the regular distance, by how much a value has changed (as a whole number of its last decimal place), or which of its bits have. What stays the same
is counted on in place. So a regular scrape's times take almost nothing, a small step of a counter takes a byte, and every value comes back to the bit
(\`packages/promql/src/storage/code.ts\`).

With a log (\`openStorage\` of \`@serin/promql/node\`) what was committed outlives \`kill -9\`. Segments are synced to the disk when they end, so a machine
that loses its power may lose what came after; each segment can be read alone, and is removed when all of it is older than the retention.
`
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), parser: "markdown" }))
}

export const rounds = 7

const line = ({ query, size, ours, theirs, engine }: Row): string =>
  `| \`${query.replaceAll("|", "\\\\|")}\` | ${String(size.series)} | ${number(ours)} | ${number(theirs)} | ${number(ours / theirs, 2)} | ${number(engine)} |`
