import { parseArgs } from "node:util"
import { contracts } from "../contract/contracts.ts"
import { fidelityIsCurrent, writeFidelity } from "../contract/harness/fidelity.ts"
import { Report } from "../contract/harness/report.ts"
import { goProgram, MissingRequirement } from "./go-program.ts"
import { runSuites } from "./run-suites.ts"
import { endBySignals } from "./signals.ts"
import { installPrograms } from "./suite.ts"
import { suites } from "./suites.ts"

const usage = `usage: npm run test:real [-- SUITE…] [--case TEXT] [--target both|real|embedded] [--update]
       npm run test:real -- promql [--seed NUMBER] [--case scripts|newer|older] [--update]
       npm run test:real -- kube --kubectl PATH [--case TEXT]
       npm run test:real -- judge

${suites.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join("\n")}
  judge              only build the real Kubernetes; its path is the last line printed

  without SUITE      all of them
  --case TEXT        only cases whose topic/name holds TEXT
  --target           where to send them; "embedded" alone is judged by the golden files
  --update           rewrite the golden files from the answers, and docs/reference/fidelity.md
  --seed NUMBER      other random queries than the usual ones
  --kubectl PATH     with this kubectl instead of the real Kubernetes' own; compares the two servers, not the golden files`

const print = (line: string) => console.log(line)

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      case: { type: "string", default: "" },
      target: { type: "string", default: "both" },
      update: { type: "boolean", default: false },
      kubectl: { type: "string" },
      seed: { type: "string" },
      help: { type: "boolean", default: false },
    },
  })
  if (values.help) {
    print(usage)
    return 0
  }
  if (positionals.join(" ") === "judge") {
    print(await goProgram("kubernetes", print))
    return 0
  }
  const { kubectl, update } = values
  const seed = values.seed === undefined ? undefined : Number(values.seed)
  const target = (["both", "real", "embedded"] as const).find((name) => name === values.target)
  const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name))
  const noSeed = seed !== undefined && !Number.isInteger(seed)
  const contradiction = kubectl !== undefined && (update || target !== "both" || positionals.join(" ") !== "kube")
  if (target === undefined || unknown.length > 0 || noSeed || contradiction) {
    console.error(usage)
    return 2
  }
  const chosen = suites.filter(({ name }) => positionals.includes(name) || positionals.length === 0)
  if (target !== "embedded") {
    installPrograms(chosen, print)
    for (const suite of chosen) await suite.build?.(print)
  }
  const report = new Report()
  await runSuites(chosen, { filter: values.case, target, update, kubectl, seed, report, print })
  if (update) writeFidelity(contracts)
  else if (!fidelityIsCurrent(contracts)) {
    print("✗ docs/reference/fidelity.md is not what the contracts say: run `npm run test:real -- --update`")
    report.add({ suite: "fidelity", topic: "page", target: "embedded", verdict: "failed" })
  }
  print(`\n${report.toString()}\n\n${report.closingLine()}`)
  return report.total().failed > 0 ? 1 : 0
}

endBySignals()
try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof MissingRequirement)) throw error
  console.error(`Cannot run here: ${error.message}.`)
  // Suites that run still end with this process.
  process.exit(2)
}
