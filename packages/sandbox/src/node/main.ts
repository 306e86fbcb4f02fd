import { rmSync } from "node:fs"
import { Server } from "node:net"
import type { Log } from "../log.ts"
import { createDataPlane } from "../mesh/index.ts"
import { serveDns } from "./dns/server.ts"
import { startNamespaces } from "./namespaces/index.ts"
import { startPreload } from "./preload/index.ts"
import { socketPath, type Boot, type BootNews } from "./wire/requests.ts"
import { serveOperations } from "./world/operations.ts"
import { World } from "./world/world.ts"

// The node process: started by start-node.ts, which sends one message with what it needs and the ingress socket. It
// lives as long as the channel to its parent is open.

const tell = (news: BootNews): void => {
  if (process.connected) process.send?.(news)
}
const log: Log = (message, fields) => tell({ type: "log", message, ...(fields === undefined ? {} : { fields }) })

const dnsAddress = "10.96.0.10"

process.once("message", (boot: Boot, ingress: unknown) => {
  start(boot, ingress).then(
    () => tell({ type: "ready" }),
    (error: unknown) => tell({ type: "failed", reason: error instanceof Error ? error.message : String(error) }),
  )
})

async function start(boot: Boot, ingress: unknown): Promise<void> {
  const way = await (boot.way === "namespaces" ? startNamespaces : startPreload)({ ...boot, log })
  process.once("disconnect", () => {
    // The parent is gone or wants this process gone.
    void way.leave().finally(() => {
      rmSync(boot.runDir, { recursive: true, force: true })
      process.exit(0)
    })
  })
  const world = new World({
    runtime: way.runtime,
    runDir: boot.runDir,
    createDataPlane: (network) => createDataPlane(network, { ...boot.mesh, log }),
    log,
  })
  if (boot.way === "namespaces") await serveDns(dnsAddress, 53, (name, from) => world.resolve(name, from))
  if (!(ingress instanceof Server)) throw new Error("the ingress socket did not come with the first message")
  ingress.on("connection", (socket) => world.dataPlane.ingress(socket))
  await serveOperations(socketPath(boot.runDir), world)
}
