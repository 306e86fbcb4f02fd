import { writeFileSync } from "node:fs"
import { cpus, loadavg, totalmem } from "node:os"
import { fileURLToPath } from "node:url"
import { format, resolveConfig } from "prettier"
import type { Row } from "./comparison.ts"

const file = fileURLToPath(new URL("../../../docs/reference/cost.md", import.meta.url))

/** docs/reference/cost.md from the rows of one run; `kubernetes`: the API server's version. */
export async function writeCostPage(rows: readonly Row[], kubernetes: string): Promise<void> {
  const model = (cpus()[0]?.model ?? "unknown").trim()
  const cores = `${String(cpus().length)} cores (${model}), ${(totalmem() / 2 ** 30).toFixed(0)} GB`
  const versions = `Kubernetes ${kubernetes}, Node.js ${process.versions.node}`
  const day = new Date().toISOString().slice(0, 10)
  const table = rows.map(([what, measured, limit]) => `| ${what} | ${measured} | ${limit} |`)
  const text = `# What Serin costs the API server

\`npm run bench cost -- --update\` measures this and writes this page; one run, of ${day}, on ${cores}: ${versions}. All of it runs there at
once: etcd, the control plane, the agent and the plain loop. Times are therefore those of a small machine; the counts are not. The load average
of the last 15 minutes was ${(loadavg()[2] ?? 0).toFixed(1)}; where that is far above the number of cores, other work went on, and times say little.

| what | measured | at most |
| --- | --- | --- |
${table.join("\n")}

A pair of brackets holds the smallest and the largest of the rounds, before it stands their median.

## How it is measured

- A real control plane; the agent of \`dist/\` with the account that \`serin install --platform-wide\` made, the Lease, a config repository on a git host by HTTP
  (looked at every 20 s, and at each push by webhook) with a Namespace and 1,000 ConfigMaps of 40 settings each.
- Requests are those in the API server's own audit log by the agent's account, also where it acts in the name of a Repository's account. A watch
  that is opened counts as a watch, what concerns the Lease as that, everything else as a request. Times are the log's too.
- A cold sync: a new Repository whose objects and Namespace are not there. The plain loop sends the same bodies, of other names, with the same token, name and
  parameters, prepared beforehand, and looks at no answer. One of each is not counted; then they take turns in going first.

\`npm run test:real -- cost\` asserts the counts.

## What follows from it

- **While nothing changes** nothing is asked: what Git states is compared with what watches show, in memory; the git host's key and the webhook's are watched too.
  The Lease is renewed every 1.5 s by whoever holds it. What is not there is asked for: a kind that it follows and nobody serves (a cluster without Istio) by two
  requests every three seconds. Images cost requests: the pull secrets of a workload are read each time its registry is asked (once a minute).
- **A new process** lists what it watches, by kind, and compares; what it finds as the inventory says is neither applied nor read.
- **One change** is applied without a dry run before it, since its refusal leaves all as it was; the status says head, revision and inventory in one write. Not so for
  a new object (the inventory names it first, and it is tried), one that kubectl or Flux has written to (tried, then taken over) and a VirtualService (tried, and its
  subsets' pods are looked at). A first webhook opens the watch of its key.
- **A revision of many objects** is tried as a whole before anything of it is applied, so that a broken one changes nothing: that is a dry run for each object that is
  new or changed, and doubles its requests. They go out 32 at a time.
- The status holds the inventory and is written whole: that much is proportional to the size of a repository.
`
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }))
}
