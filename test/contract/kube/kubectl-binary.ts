import { spawnSync } from "node:child_process"

/** kubectl's words differ between versions: golden files hold those of this one. */
const MINOR_VERSION = "1.36"

/** Why cases with kubectl cannot run with the kubectl on the PATH; undefined if they can. */
export function whyNoKubectl(): string | undefined {
  const { status, stdout } = spawnSync("kubectl", ["version", "--client", "-o", "json"], { encoding: "utf8" })
  if (status !== 0) return "kubectl is not on the PATH"
  const found = /"gitVersion": "v(\d+\.\d+)[^"]*"/.exec(stdout)?.[1] ?? "unknown"
  return found === MINOR_VERSION ? undefined : `kubectl is ${found}, the golden files are of ${MINOR_VERSION}`
}
