import { fuzz } from "./run.ts"

/** Milliseconds that no input may take. */
const limit = 50
const inputs = Number(process.argv[2] ?? 1_000_000)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
if (!Number.isSafeInteger(inputs) || !Number.isSafeInteger(seed)) {
  console.error("usage: npm run fuzz [-- INPUTS [SEED]]")
  process.exit(2)
}
const { valid, faults, slowest } = fuzz(seed, inputs, () => performance.now())
for (const { input, what } of faults) console.log(`✗ ${JSON.stringify(input)}\n    ${what}`)
console.log(
  `${String(inputs)} inputs of seed ${String(seed)}, ${String(valid)} of them queries; ${String(faults.length)} faults; the slowest took ${slowest.time.toFixed(1)} ms`,
)
if (slowest.time > limit) console.log(`✗ more than ${String(limit)} ms: ${JSON.stringify(slowest.input.slice(0, 200))}`)
process.exitCode = faults.length === 0 && slowest.time <= limit ? 0 : 1
