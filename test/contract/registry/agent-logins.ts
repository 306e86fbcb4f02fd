import { strictEqual, ok, match, doesNotMatch, deepStrictEqual } from "node:assert/strict"
import { createHash } from "node:crypto"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseManifests } from "../../../packages/core/src/index.ts"
import { unwrap } from "../../../packages/agent/src/errors.ts"
import { EventStream } from "../../../packages/agent/src/events/index.ts"
import { ImageBook, imageUses } from "../../../packages/agent/src/images/index.ts"
import { createKubeClient, kubeconfigCredentials, type KubeObject } from "../../../packages/agent/src/kube/index.ts"
import { testOutbound } from "../../../packages/agent/src/outbound/testing.ts"
import { parseChallenge } from "../../../packages/agent/src/registry/challenge.ts"
import { RegistryClient } from "../../../packages/agent/src/registry/index.ts"
import { systemClock } from "../../../packages/agent/src/runtime/index.ts"
import { startKubeApi } from "../../../packages/sandbox/src/kube/index.ts"
import { users, type Target } from "./target.ts"

export interface LoginCase {
  readonly name: string
  /** Throws where it does not hold. */
  readonly run: () => Promise<void>
}

export interface LoginCases {
  readonly cases: readonly LoginCase[]
  readonly close: () => Promise<void>
}

const doors = ["basic", "bearer"] as const
const hosts = { basic: "basic.registry.test", bearer: "bearer.registry.test" }

/** What the agent does with image pull secrets, at a registry that really checks them. Call `close` at the end. */
export async function loginCases(target: Target): Promise<LoginCases> {
  const folder = await mkdtemp(join(tmpdir(), "serin-logins-"))
  const api = await startKubeApi({ log: () => {} })
  await writeFile(join(folder, "kubeconfig"), api.kubeconfig())
  const kube = createKubeClient(await kubeconfigCredentials(join(folder, "kubeconfig"), systemClock))
  const outbound = testOutbound()
  for (const door of doors) await pushImage(target.urls[door], `team/${door}`)
  const mirrors = Object.fromEntries(doors.map((door) => [hosts[door], { endpoint: [target.urls[door]] }]))
  const registry = new RegistryClient({ clock: systemClock, outbound, mirrors: () => mirrors })
  let count = 0

  const setSecret = async (namespace: string, name: string, auths: object): Promise<void> => {
    const data = { ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64") }
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } }
    unwrap(await kube.apply({ ...secret, type: "kubernetes.io/dockerconfigjson", data } as KubeObject))
  }
  /** A namespace of its own, with a workload that uses an image at this door, and the agent's list of its tags. */
  const world = async (door: "basic" | "bearer", podSpec: object, accountSecrets: readonly string[] = []) => {
    const namespace = `logins-${(count += 1)}`
    unwrap(await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }))
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "runner", namespace } }
    unwrap(await kube.apply({ ...account, imagePullSecrets: accountSecrets.map((name) => ({ name })) } as KubeObject))
    const containers = [{ name: "web", image: `${hosts[door]}/team/${door}:1.0.0` }]
    const spec = { serviceAccountName: "runner", ...podSpec, containers }
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace }, spec }
    const log: string[] = []
    const book = new ImageBook({
      registry,
      kubeFor: () => kube,
      events: new EventStream({ clock: systemClock }),
      clock: systemClock,
      random: Math.random,
      log: (message, fields) => log.push(`${message} ${JSON.stringify(fields)}`),
    })
    const { manifests } = parseManifests("pod.yaml", JSON.stringify(pod))
    book.watch(imageUses([{ repositoryKey: "a/b", manifests }]))
    const image = { registry: hosts[door], repository: `team/${door}` }
    const tags = async () => {
      const listed = await book.tagsNow(image)
      return listed.ok ? listed.value.tags.map(({ tag }) => tag) : listed.error
    }
    return { namespace, log, tags, close: () => book.close() }
  }
  const puller = { username: users.puller.name, password: users.puller.password }
  const wrong = { username: users.puller.name, password: "wr0ng-passw0rd" }

  const casesOf = (door: "basic" | "bearer"): LoginCase[] => [
    {
      name: `${door}: the secret of a pod opens the registry, one of several in it`,
      run: async () => {
        const at = await world(door, { imagePullSecrets: [{ name: "several" }] })
        const other = doors.find((one) => one !== door) ?? door
        await setSecret(at.namespace, "several", { [hosts[other]]: wrong, [hosts[door]]: puller, "ghcr.io": wrong })
        deepStrictEqual(await at.tags(), ["1.0.0"])
        await at.close()
      },
    },
    {
      name: `${door}: the secret of the pod's service account opens the registry`,
      run: async () => {
        const at = await world(door, {}, ["of-the-account"])
        const auth = Buffer.from(`${puller.username}:${puller.password}`).toString("base64")
        await setSecret(at.namespace, "of-the-account", { [`https://${hosts[door]}/v2/`]: { auth } })
        deepStrictEqual(await at.tags(), ["1.0.0"])
        await at.close()
      },
    },
    {
      name: `${door}: a wrong password names the Secret and the user, never itself; a right one is taken at once`,
      run: async () => {
        const at = await world(door, { imagePullSecrets: [{ name: "pull" }] })
        await setSecret(at.namespace, "pull", { [hosts[door]]: wrong })
        const refused = await at.tags()
        ok(!Array.isArray(refused))
        strictEqual(refused.code, "REGISTRY_UNAUTHORIZED")
        match(refused.message, new RegExp(`with the login in Secret ${at.namespace}/pull \\(user puller\\)\\.$`))
        match(refused.next, new RegExp(`Correct user and password for ${hosts[door].replaceAll(".", "\\.")} there`))
        doesNotMatch(refused.message + refused.next + at.log.join(), /wr0ng/)
        await setSecret(at.namespace, "pull", { [hosts[door]]: puller })
        deepStrictEqual(await at.tags(), ["1.0.0"])
        await at.close()
      },
    },
    {
      name: `${door}: after a secret that is refused, one that is missing and one that is broken the next is tried`,
      run: async () => {
        const names = ["stale", "missing", "broken", "good"].map((name) => ({ name }))
        const at = await world(door, { imagePullSecrets: names })
        await setSecret(at.namespace, "stale", { [hosts[door]]: wrong })
        await setSecret(at.namespace, "good", { [hosts[door]]: puller })
        const broken = { apiVersion: "v1", kind: "Secret", metadata: { name: "broken", namespace: at.namespace } }
        unwrap(await kube.apply(broken))
        deepStrictEqual(await at.tags(), ["1.0.0"])
        match(at.log.join("\n"), /pull secret not read .*"missing"/)
        match(at.log.join("\n"), /pull secret holds no registry's login that can be read .*"broken"/)
        await at.close()
      },
    },
  ]
  const cases = [
    ...casesOf("basic"),
    ...casesOf("bearer"),
    {
      name: "basic: without any secret the message says what to give",
      run: async () => {
        const at = await world("basic", {})
        const refused = await at.tags()
        ok(!Array.isArray(refused))
        match(
          `${refused.message} ${refused.next}`,
          /wants a login, and there is none for it\. Give the workload's service account an image pull secret/,
        )
        await at.close()
      },
    },
  ]
  return {
    cases,
    close: async () => {
      await kube.close()
      await outbound.close()
      await api.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Init {
  readonly method: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An image with nothing in it, as `1.0.0`. */
async function pushImage(url: string, repository: string): Promise<void> {
  const authorization = await pushAuthorization(url, repository)
  const config = JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } })
  const digest = `sha256:${createHash("sha256").update(config).digest("hex")}`
  const send = async (path: string, init: Init): Promise<Response> => {
    const response = await fetch(new URL(path, url), { ...init, headers: { authorization, ...init.headers } })
    ok(response.ok, `${path} answered ${response.status}`)
    return response
  }
  const begun = await send(`/v2/${repository}/blobs/uploads/`, { method: "POST" })
  const upload = new URL(begun.headers.get("location") ?? "", url)
  upload.searchParams.set("digest", digest)
  await send(upload.href, { method: "PUT", body: config, headers: { "content-type": "application/octet-stream" } })
  const mediaType = "application/vnd.oci.image.manifest.v1+json"
  const descriptor = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: config.length }
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers: [] })
  await send(`/v2/${repository}/manifests/1.0.0`, {
    method: "PUT",
    body: manifest,
    headers: { "content-type": mediaType },
  })
}

async function pushAuthorization(url: string, repository: string): Promise<string> {
  const basic = `Basic ${Buffer.from(`${users.pusher.name}:${users.pusher.password}`).toString("base64")}`
  const asked = await fetch(new URL("/v2/", url))
  const challenge = parseChallenge(asked.headers.get("www-authenticate") ?? undefined)
  if (challenge?.scheme !== "bearer") return basic
  const realm = new URL(challenge.realm)
  realm.searchParams.set("service", challenge.service ?? "")
  realm.searchParams.set("scope", `repository:${repository}:pull,push`)
  const { token } = (await (await fetch(realm, { headers: { authorization: basic } })).json()) as { token: string }
  return `Bearer ${token}`
}
