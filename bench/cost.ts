// What Serin costs a real API server: idle, for one change, and cold against a plain loop. `--update` writes docs/reference/cost.md.
import { parseArgs } from "node:util"
import { compare, rowsOf } from "../test/real/cost/comparison.ts"
import { writeCostPage } from "../test/real/cost/page.ts"
import { startCostWorld } from "../test/real/cost/world.ts"

const { values } = parseArgs({ options: { update: { type: "boolean", default: false } } })
const say = (line: string): void => console.log(line)
const world = await startCostWorld(say)
try {
  const rows = rowsOf(await compare(world, { idleSeconds: 120, rounds: 7, say }))
  const [what, measured] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  say("")
  for (const [name, value, limit] of rows)
    say(
      `${name.padEnd(what ?? 0)}  ${limit === "" ? value : `${value.padEnd(Math.min(measured ?? 0, 24))} (at most ${limit})`}`,
    )
  if (values.update) await writeCostPage(rows, await world.version())
} finally {
  await world.close()
}
