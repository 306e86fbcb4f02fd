/**
 * A program for tests: starts a node with one container on the image given as JSON, says so on stdout, and waits for
 * its stdin to end, upon which it closes the node.
 */
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startNode, type NodeOptions } from "../node/index.ts"

interface Input {
  readonly node: Pick<NodeOptions, "entry" | "toolsDir" | "way">
  readonly rootfs: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const { node: options, rootfs, argv, env } = JSON.parse(process.argv[2] ?? "") as Input
const folder = await mkdtemp(join(tmpdir(), "serin-host-"))
const node = await startNode({ ...options, stateDir: join(folder, "state"), log: () => undefined })
const { ip } = await node.createPod({ uid: "one", name: "one", namespace: "test", hostname: "one" })
await node.startContainer({
  podUid: "one",
  name: "app",
  rootfs,
  argv,
  env,
  workingDir: "/app",
  mounts: [],
  readOnlyRoot: false,
  builtIn: false,
  stdin: false,
  stdinOnce: false,
  tty: false,
  log: { path: join(folder, "log"), maxBytes: 1_000_000, maxFiles: 1 },
})
for (;;) {
  try {
    ;(await node.dial(ip, 9898)).destroy()
    break
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
process.stdout.write(
  JSON.stringify({ way: node.way, whyNot: node.whyNot, ingressPort: node.ingressPort, folder }) + "\n",
)
process.stdin.resume()
await once(process.stdin, "end")
await node.close()
await rm(folder, { recursive: true, force: true })
