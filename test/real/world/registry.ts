import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startDaemon, untilReady, type Daemon } from "../daemon.ts"
import { gateway } from "./namespaces.ts"

export interface RegistryNotifications {
  readonly url: string
  readonly token: string
}

/** docker-registry on the address that pods, node and people reach. */
export interface RealRegistry {
  readonly url: string
  /** Tells this receiver of pushes from now on; the registry is restarted with its new configuration, as an admin does. */
  notify(endpoint: RegistryNotifications): Promise<void>
  close(): Promise<void>
}

const port = 5000

export async function startRealRegistry(folder: string): Promise<RealRegistry> {
  const state = join(folder, "registry")
  mkdirSync(state, { recursive: true })
  const url = `http://${gateway}:${String(port)}`
  const file = join(folder, "registry.json")
  const start = async (endpoint?: RegistryNotifications): Promise<Daemon> => {
    writeFileSync(file, JSON.stringify(configuration(state, endpoint)), { mode: 0o600 })
    const daemon = startDaemon("docker-registry", "docker-registry", ["serve", file], join(folder, "registry.log"))
    await untilReady(
      daemon,
      () =>
        fetch(`${url}/v2/`).then(
          (answer) => answer.ok,
          () => false,
        ),
      20_000,
    )
    return daemon
  }
  let daemon = await start()
  return {
    url,
    async notify(endpoint) {
      await daemon.stop()
      daemon = await start(endpoint)
    },
    close: () => daemon.stop(),
  }
}

function configuration(rootdirectory: string, endpoint: RegistryNotifications | undefined): unknown {
  return {
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory }, delete: { enabled: true } },
    http: { addr: `${gateway}:${String(port)}`, secret: "of-one-replica-only" },
    ...(endpoint && {
      notifications: {
        endpoints: [
          {
            name: "serin",
            url: endpoint.url,
            headers: { Authorization: [`Bearer ${endpoint.token}`] },
            timeout: "2s",
            threshold: 5,
            backoff: "1s",
            ignore: { actions: ["pull", "mount", "delete"] },
          },
        ],
      },
    }),
  }
}
