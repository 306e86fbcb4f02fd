import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startRegistry } from "../../../packages/sandbox/src/registry/index.ts"
import { startReceiver } from "./receiver.ts"
import { users, type Target } from "./target.ts"

/** The embedded registry, new, once for each configuration. */
export async function startEmbedded(): Promise<Target & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "serin-registry-"))
  const receiver = await startReceiver()
  const log = () => {
    // What the registry has to say is in its answers, which are what is compared.
  }
  const known = [
    { ...users.pusher, access: "push" },
    { ...users.puller, access: "pull" },
  ] as const
  const started = await Promise.all([
    startRegistry({
      dataDir: join(folder, "open"),
      notifications: [{ url: receiver.url, headers: { authorization: "Bearer of-the-hook" } }],
      log,
    }),
    startRegistry({
      dataDir: join(folder, "basic"),
      auth: { scheme: "basic", users: known, anonymousPull: false },
      log,
    }),
    startRegistry({
      dataDir: join(folder, "bearer"),
      auth: { scheme: "bearer", users: known, anonymousPull: true },
      log,
    }),
  ])
  const [open, basic, bearer] = started
  return {
    name: "embedded",
    features: new Set(),
    urls: { open: open.url, basic: basic.url, bearer: bearer.url },
    receiver,
    async close() {
      for (const registry of started) await registry.close()
      await receiver.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
