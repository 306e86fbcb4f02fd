import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { MissingRequirement } from "./judge-binary.ts"

/** The path of etcd; where it is missing it is installed from the distribution, which takes root and apt. */
export function etcdBinary(log: (message: string) => void): string {
  const found = onPath("etcd")
  if (found !== undefined) return found
  if (process.getuid?.() !== 0 || onPath("apt-get") === undefined) {
    throw new MissingRequirement(
      "etcd is not on the PATH: install it (Debian and Ubuntu: `apt-get install etcd-server`)",
    )
  }
  log("installing etcd-server")
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "etcd-server"]]) {
    const { status, stderr } = spawnSync("apt-get", ["-qq", ...args], { env: environment, encoding: "utf8" })
    if (status !== 0) throw new MissingRequirement(`apt-get ${args.join(" ")} failed: ${stderr.trim()}`)
  }
  const installed = onPath("etcd")
  if (installed === undefined) throw new MissingRequirement("etcd-server was installed, but etcd is not on the PATH")
  return installed
}

function onPath(program: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file))
}
