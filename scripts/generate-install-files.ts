// Writes what is generated of the Helm chart and the kustomize base, from the code that `serin install` runs.
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { installFiles } from "./install-files/files.ts"

for (const [path, content] of installFiles()) {
  writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), content)
  console.log(path)
}
