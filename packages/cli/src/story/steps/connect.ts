import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Stage } from "../stage.ts"
import { observe } from "../observation.ts"
import type { Step } from "../step.ts"

/** Step 1: one command installs the agent and prints a deploy key; with the key added, the repository is connected. */
export const installAndConnect: Step = {
  title: "Install and connect",
  async play(stage) {
    const { endpoints } = stage
    const ssh = stage.tools.has("ssh")
    await mkdir(join(stage.dir), { recursive: true })
    // The story's repository states namespaces, too.
    const rights = ["--platform-wide", ...stage.world.installFlags]
    const settings = Object.entries({
      "--git-url": ssh ? endpoints.configRepoSsh : withoutCredentials(endpoints.configRepo),
      "--git-branch": "main",
      "--git-path": "cluster",
      "--prometheus-url": endpoints.prometheus,
      "--slack-webhook-url": endpoints.slackWebhook,
      "--web-url": endpoints.web,
      "--hooks-url": endpoints.hooks,
      "--pushes-per-minute": "120",
    }).flat()
    let key: string | undefined
    if (ssh) {
      const knownHosts = join(stage.dir, "known_hosts")
      await writeFile(knownHosts, `${endpoints.gitKnownHosts}\n`)
      const { stdout } = await stage.serin([
        "install",
        ...settings,
        ...rights,
        "--git-known-hosts",
        knownHosts,
        "--apply",
      ])
      key = /ssh-ed25519 \S+/.exec(stdout)?.[0]
      observe(key !== undefined, "`serin install` printed no deploy key")
      stage.note(`deploy key ${key.slice(0, 40)}…`)
      const refusal = await stage.until("a refused key", 60, async () => {
        const refused = (await conditions(stage)).find(
          ({ status, message }) => status === "False" && /denied|publickey/i.test(message),
        )
        return refused?.message
      })
      stage.note(`before the key is added: ${refusal.split("\n")[0]}`)
      await addDeployKey(stage, key)
    } else {
      stage.note("no ssh client on this machine: the repository is connected over HTTP with a token")
      const token = new URL(endpoints.configRepo).password
      await stage.serin(
        [
          "install",
          ...settings,
          ...rights,
          "--git-username",
          new URL(endpoints.configRepo).username,
          "--git-token-stdin",
          "--apply",
        ],
        { input: token },
      )
    }
    await addHooks(stage)
    await stage.until("an agent that answers", 60, async () => (await stage.serin(["sync"], { quiet: true })).stdout)
    let ready: Condition | undefined
    await stage.until(
      "a connected repository",
      30,
      async () => {
        ready = (await conditions(stage)).find(({ type }) => type === "Ready")
        return ready?.status === "True" ? true : undefined
      },
      () => `the Repository is not ready: ${ready?.message ?? "it has no status"}`,
    )
    const { stdout } = await stage.serin(["check"])
    observe(!stdout.includes("✗") && stdout.includes("✓"), `serin check found faults:\n${stdout}`)
    stage.note("serin check is green")
  },
}

function withoutCredentials(url: string): string {
  const plain = new URL(url)
  plain.username = ""
  plain.password = ""
  return plain.toString()
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly message: string
}

/** The Repository's conditions, as kubectl shows them. */
async function conditions(stage: Stage): Promise<readonly Condition[]> {
  const { stdout } = await stage.kubectl(["-n", "serin-system", "get", "repositories.serin.dev", "-o", "json"], {
    quiet: true,
  })
  const { items } = JSON.parse(stdout) as { items: { status?: { conditions?: Condition[] } }[] }
  return items[0]?.status?.conditions ?? []
}

async function post(stage: Stage, path: string, body: unknown): Promise<void> {
  const { username, password } = new URL(stage.endpoints.configRepo)
  const response = await fetch(`${stage.endpoints.git}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
    },
    body: JSON.stringify(body),
  })
  observe(response.ok, `the git host answered ${response.status} to POST ${path}: ${await response.text()}`)
}

async function addDeployKey(stage: Stage, key: string): Promise<void> {
  await post(stage, "/api/v1/repos/team/config/keys", { title: "serin", key, read_only: false })
  stage.note("deploy key added at the git host")
}

/** The git host tells the agent of each push; the shared secret is the one that install made. */
async function addHooks(stage: Stage): Promise<void> {
  const { stdout } = await stage.kubectl(
    ["-n", "serin-system", "get", "secret", "serin-hooks", "-o", "jsonpath={.data.git}"],
    { quiet: true },
  )
  const secret = Buffer.from(stdout, "base64").toString()
  const url = `${stage.endpoints.hooks}/hooks/git/serin-system/config`
  await post(stage, "/api/v1/repos/team/config/hooks", {
    type: "gitea",
    active: true,
    events: ["push"],
    config: { url, content_type: "json", secret },
  })
}

/** Step 2: everything in Git is in the cluster, the namespace first. */
export const firstSync: Step = {
  title: "First sync",
  needs: ["kubectl"],
  async play(stage) {
    for (const deployment of ["podinfo-ga", "podinfo-canary"]) {
      await stage.until(
        `Deployment ${deployment}`,
        30,
        async () => (await stage.kubectl(["-n", "test", "get", "deployment", deployment], { quiet: true })).stdout,
      )
    }
    await stage.kubectl(
      [
        "-n",
        "test",
        "wait",
        "--for=condition=Available",
        "deployment/podinfo-ga",
        "deployment/podinfo-canary",
        "--timeout=60s",
      ],
      { timeout: 70_000 },
    )
    await stage.kubectl(["-n", "test", "wait", "--for=condition=Ready", "pod/loadtest", "--timeout=60s"], {
      timeout: 70_000,
    })
    const labels = await stage.kubectl(["get", "ns", "test", "--show-labels"])
    observe(labels.stdout.includes("istio-injection=enabled"), "namespace test has no istio-injection label")
    const { stdout } = await stage.kubectl(["-n", "test", "get", "pods", "-o", "json"])
    const pods = (JSON.parse(stdout) as { items: Pod[] }).items
    for (const pod of pods) {
      const statuses = pod.status?.containerStatuses ?? []
      const proxy = statuses.find((status) => status.name === "istio-proxy")
      observe(
        proxy?.ready === true,
        `pod ${pod.metadata.name} has no ready sidecar (${statuses.map((status) => `${status.name}=${status.ready}`).join(", ")})`,
      )
    }
    stage.note(`${pods.length} pods, each with its sidecar: ${pods.map((pod) => pod.metadata.name).join(", ")}`)
    const list = await stage.serin(["workloads"])
    for (const deployment of ["podinfo-ga", "podinfo-canary"]) {
      observe(
        new RegExp(`${deployment} +2/2`).test(list.stdout),
        `serin workloads does not show ${deployment} ready:\n${list.stdout}`,
      )
    }
  },
}

interface Pod {
  readonly metadata: { readonly name: string }
  readonly status?: { readonly containerStatuses?: readonly { readonly name: string; readonly ready: boolean }[] }
}
