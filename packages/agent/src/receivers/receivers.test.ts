import { createHmac } from "node:crypto"
import { createServer } from "node:net"
import { afterEach, expect, test } from "vitest"
import { createKubeClient, Secrets } from "../kube/index.ts"
import { answer, startScriptedApi } from "../kube/scripted-api.ts"
import { listening } from "../outbound/testing.ts"
import { ManualClock } from "../runtime/index.ts"
import { startReceivers } from "./server.ts"

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function freePort(): Promise<number> {
  const probe = await listening(createServer())
  await probe.close()
  return probe.port
}

/** Receivers whose keys are in a Secret that the test changes. */
async function world() {
  const keys = { git: "first-git-key", registry: "first-registry-token" }
  const base64 = (text: string) => Buffer.from(text).toString("base64")
  const api = await startScriptedApi(
    (_request, response, url) => {
      // Without the right to watch it, the Secret is read anew for each webhook.
      if (url.pathname.endsWith("/secrets")) return answer(response, 403, { kind: "Status", message: "no" })
      answer(response, 200, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "serin-hooks" },
        data: { git: base64(keys.git), registry: base64(keys.registry) },
      })
    },
    [["v1", "secrets", "Secret"]],
  )
  const kube = createKubeClient(api.credentials)
  const secrets = new Secrets({ kube, clock: new ManualClock(), log: () => undefined })
  const told: string[] = []
  const log: string[] = []
  const port = await freePort()
  const receivers = await startReceivers({
    listen: { host: "127.0.0.1", port },
    clock: new ManualClock(),
    secrets,
    isConnected: () => true,
    secretName: "serin-hooks",
    onPush: ({ namespace, name }) => told.push(`push ${namespace}/${name}`),
    onImages: (repositories) => told.push(`images ${repositories.join()}`),
    log: (message, fields) => log.push(`${message} ${JSON.stringify(fields)}`),
  })
  closing.push(
    () => api.close(),
    () => kube.close(),
    () => secrets.close(),
    () => receivers.close(),
  )
  const post = async (path: string, body: string, headers: Record<string, string>) => {
    const response = await fetch(`http://127.0.0.1:${port}/hooks/${path}`, { method: "POST", body, headers })
    return `${response.status} ${await response.text()}`
  }
  return {
    keys,
    told,
    log,
    git: (key: string) =>
      post("git/home/config", "{}", {
        "x-hub-signature-256": `sha256=${createHmac("sha256", key).update("{}").digest("hex")}`,
      }),
    registry: (token: string) =>
      post("registry/home", JSON.stringify({ events: [{ action: "push", target: { repository: "team/app" } }] }), {
        authorization: `Bearer ${token}`,
      }),
  }
}

test("a key or token that is renewed in its Secret counts from the next webhook on, and the old one no longer", async () => {
  const { keys, told, log, git, registry } = await world()
  expect(await git("first-git-key")).toMatch(/^202 /)
  expect(await registry("first-registry-token")).toMatch(/^202 /)
  expect(told).toEqual(["push home/config", "images team/app"])
  Object.assign(keys, { git: "second-git-key", registry: "second-registry-token" })
  const refused = [await git("first-git-key"), await registry("first-registry-token")]
  for (const one of refused) expect(one).toMatch(/^401 .*SIGNATURE_WRONG/)
  expect(await git("second-git-key")).toMatch(/^202 /)
  expect(await registry("second-registry-token")).toMatch(/^202 /)
  expect(told).toHaveLength(4)
  expect(refused.join() + log.join()).not.toMatch(/(first|second)-(git|registry)/)
})
