import { parseArgs } from "node:util"
import { goProgram, MissingRequirement } from "./go-program.ts"
import { kubeContract } from "./kube.ts"

const usage = `usage: npm run test:real -- kube [--case TEXT] [--target both|real|embedded] [--update]
       npm run test:real -- kube --kubectl PATH [--case TEXT]
       npm run test:real -- judge

  kube               the Kubernetes API contract on a real control plane and on the embedded one
  --case TEXT        only cases whose suite/name holds TEXT
  --target           where to send them; "embedded" alone is judged by the golden files and needs no Go
  --update           rewrite the golden files from the real server's answers
  --kubectl PATH     with this kubectl instead of the real Kubernetes' own; compares the two servers, not the golden files
  judge              only build the real Kubernetes; its path is the last line printed`

const print = (line: string) => console.log(line)

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      case: { type: "string", default: "" },
      target: { type: "string", default: "both" },
      update: { type: "boolean", default: false },
      kubectl: { type: "string" },
      help: { type: "boolean", default: false },
    },
  })
  const target = (["both", "real", "embedded"] as const).find((name) => name === values.target)
  if (values.help) print(usage)
  if (values.help) return 0
  if (positionals.join(" ") === "judge") {
    print(await goProgram("kubernetes", print))
    return 0
  }
  const { kubectl, update } = values
  const contradiction = kubectl !== undefined && (update || target !== "both")
  if (positionals.join(" ") !== "kube" || target === undefined || contradiction) {
    console.error(usage)
    return 2
  }
  return kubeContract({ filter: values.case, target, update, kubectl, print })
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130))
try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof MissingRequirement)) throw error
  console.error(`Cannot run here: ${error.message}.`)
  process.exitCode = 2
}
