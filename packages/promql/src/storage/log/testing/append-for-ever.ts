// Appends to the log in the folder that it is given, and tells of each commit, until somebody kills it.
import { writeSync } from "node:fs"
import { Labels } from "../../../labels.ts"
import { openStorage } from "../../../node.ts"

const { storage } = openStorage(process.argv[2] ?? "", { segmentBytes: 20_000 })
const series = Array.from({ length: 50 }, (_, index) => Labels.from({ __name__: "a", index: String(index) }))
const [before] = storage.select([], 0, Number.POSITIVE_INFINITY)
for (let count = (before?.read().times.length ?? 0) + 1; ; count += 1) {
  for (const labels of series) storage.append(labels, count * 1000, count)
  storage.commit()
  writeSync(1, `${String(count)}\n`)
}
