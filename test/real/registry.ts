import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { loginCases } from "../contract/registry/agent-logins.ts"
import { registryContract } from "../contract/registry/contract.ts"
import { startEmbedded } from "../contract/registry/embedded.ts"
import { startReceiver } from "../contract/registry/receiver.ts"
import { service, users, type Door, type Target } from "../contract/registry/target.ts"
import { compareBoth } from "./both.ts"
import { freePorts, startDaemon, untilReady, type Daemon } from "./daemon.ts"
import type { RealSuite, RunOptions } from "./suite.ts"
import { startTokenServer } from "./token-server.ts"

/** bcrypt of the passwords in `users`: docker-registry takes nothing else. */
const htpasswd = [
  "pusher:$2b$05$abcdefghijklmnopqrstuu6/o48Bl0qAFcpj1iOHd6o2aIZp2WjD2",
  "puller:$2b$05$abcdefghijklmnopqrstuuiuhH7Ikupt0NZBlrLOsxuBkm7D98a7C",
  "",
].join("\n")

/** The contract of the registry on Debian's docker-registry and on the embedded one. */
export const registry: RealSuite = {
  name: "registry",
  about: "the registry's contract on docker-registry",
  packages: { "docker-registry": "docker-registry", openssl: "openssl" },
  run: (options) =>
    compareBoth(registryContract, { real: startReal, embedded: startEmbedded }, options, (real) =>
      judgeLogins(real, options),
    ),
}

/** The agent's own logins by image pull secrets, at docker-registry; at the embedded one `npm test` has them. */
async function judgeLogins(real: Target, { filter, report, print }: RunOptions): Promise<void> {
  const { cases, close } = await loginCases(real)
  try {
    for (const { name, run } of cases.filter((one) => `agent-logins/${one.name}`.includes(filter))) {
      const failure = await run().then(() => undefined, String)
      if (failure !== undefined) print(`✗ registry/agent-logins/${name}\n${failure}`)
      const verdict = failure === undefined ? "passed" : "failed"
      report.add({ suite: "registry", topic: "agent-logins", target: "real", verdict })
    }
  } finally {
    await close()
  }
}

async function startReal(): Promise<Target & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "serin-real-"))
  const daemons: Daemon[] = []
  const receiver = await startReceiver()
  const tokens = await startTokenServer(folder, [
    { ...users.pusher, actions: ["pull", "push", "delete"] },
    { ...users.puller, actions: ["pull"] },
  ])
  const close = async () => {
    for (const daemon of daemons) await daemon.stop()
    await tokens.close()
    await receiver.close()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    writeFileSync(join(folder, "htpasswd"), htpasswd)
    const { realm, issuer, certificate } = tokens
    const parts: Record<Door, object> = {
      open: {
        notifications: {
          endpoints: [
            {
              name: "contract",
              url: receiver.url,
              headers: { Authorization: ["Bearer of-the-hook"] },
              timeout: "5s",
              threshold: 5,
              backoff: "200ms",
            },
          ],
        },
      },
      basic: { auth: { htpasswd: { realm: service, path: join(folder, "htpasswd") } } },
      bearer: { auth: { token: { realm, service, issuer, rootcertbundle: certificate } } },
    }
    const start = async (door: Door): Promise<string> => {
      const [port = 0, debug = 0] = await freePorts(2)
      const file = join(folder, `${door}.yml`)
      // JSON is YAML.
      writeFileSync(file, JSON.stringify({ ...configuration(join(folder, door), port, debug), ...parts[door] }))
      const daemon = startDaemon("docker-registry", "docker-registry", ["serve", file], join(folder, `${door}.log`))
      daemons.push(daemon)
      const url = `http://127.0.0.1:${String(port)}`
      await untilReady(daemon, () => answers(`${url}/v2/`), 20_000)
      return url
    }
    const urls = { open: await start("open"), basic: await start("basic"), bearer: await start("bearer") }
    return { name: "real", features: new Set(), urls, receiver, close }
  } catch (error) {
    await close()
    throw error
  }
}

function configuration(data: string, port: number, debug: number): object {
  return {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: data },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: {
      addr: `127.0.0.1:${String(port)}`,
      debug: { addr: `127.0.0.1:${String(debug)}` },
      relativeurls: true,
      secret: "contract",
    },
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return true
  } catch {
    // Not up yet; the caller asks again until its deadline.
    return false
  }
}
