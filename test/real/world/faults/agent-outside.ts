import { observe } from "../../../../packages/cli/src/story/observation.ts"
import { liveWeights } from "../../../../packages/cli/src/story/outside.ts"
import type { Stage } from "../../../../packages/cli/src/story/stage.ts"
import { commitConfig, raiseLoad } from "../../../../packages/cli/src/story/steps/traffic.ts"
import {
  commitsOf,
  deliver,
  observeCommits,
  stays,
  untilPromoted,
  untilSaid,
  untilWeight,
  type Delivery,
} from "../delivery.ts"
import { adminPort } from "../envoy-bootstrap.ts"
import { killContainers } from "../node.ts"
import { startSteadyLoad } from "../steady-load.ts"
import type { RealWorld } from "../world.ts"
import type { Rehearsal } from "./rehearsal.ts"

/** Requests each second of the client whose losses are counted. */
const perSecond = 50
/** So many more may be lost than in the control run: a tenth of a second's. */
const allowed = 5

/** A good version, steered by an agent that no node carries, while proxies and the node fail. */
export const agentOutside = (world: RealWorld, stage: Stage): Rehearsal => ({
  name: "A delivery by an agent outside of the cluster, while proxies and the node fail",
  cases(version) {
    let delivery: Delivery
    const made = ["release", "start 0", "step 30"]
    return [
      {
        name: "Envoy is restarted under load: no rollback, and no more lost than without Serin",
        async run() {
          await removeAgent(stage)
          const without = await restartEnvoy(world, stage)
          await renewGateway(stage)
          await world.runAgentOutside()
          await commitConfig(stage, "Stay at the last step for a minute", {
            "cluster/podinfo/canary.yaml": (text) => text.replace("[30, 100]", "[30, { weight: 100, for: 1m }]"),
          })
          delivery = await deliver(stage, version, "0.2.1")
          await untilWeight(stage, 30, 90)
          // The proxy that most of the telemetry comes from, too.
          killContainers(world.folder, "loadtest", "istio-proxy")
          const within = await restartEnvoy(world, stage)
          stage.note(`lost of ${String(perSecond)} requests/s: ${without.text} without Serin; ${within.text} with it`)
          for (const { lost } of [without, within]) observe(lost > 0, "the proxy was not restarted under load")
          // What is lost until then is up to the kubelet, which takes one to three seconds to start it again.
          observe(
            within.lostAfter <= without.lostAfter + allowed,
            `more lost than without Serin, once the proxy was ready: ${within.text} instead of ${without.text}`,
          )
          await untilWeight(stage, 100, 60)
          made.push("step 100")
          await observeCommits(stage, delivery, made)
        },
      },
      {
        name: "the node is not ready: the weights are held, with the reason, and the delivery goes on when it is back",
        async run() {
          await world.node.killKubelet()
          await untilNode(stage, "Unknown", 60)
          // Pods are called not ready one after the other: as long as only the canary's are, the stable side is to take the traffic.
          const nobody = /No pod of podinfo-canary is ready, nor of podinfo-ga|subset ga of podinfo has no ready pod/
          stage.note(await untilSaid(stage, "a canary that says that no pod is ready", nobody, 30))
          const { canary } = await liveWeights(stage)
          const held = async () => (await liveWeights(stage))["canary"] === canary
          await stays(stage, 8, held, "the weight was moved to a side without pods")
          const committed = (await commitsOf(stage, delivery)).length
          world.node.startKubelet()
          await untilNode(stage, "True", 60)
          const sides = ["deployment/podinfo-canary", "deployment/podinfo-ga"]
          await stage.kubectl(["-n", "test", "wait", "--for=condition=Available", ...sides, "--timeout=60s"], {
            timeout: 70_000,
          })
          // The load runs by an exec, which went through the kubelet.
          await raiseLoad(stage)
          await untilPromoted(stage, delivery, 240)
          const commits = await commitsOf(stage, delivery)
          // The same when they come back, once; nothing else, and nothing twice while the node was away.
          const moved = commits.slice(made.length, commits.indexOf("promote 100"))
          observe(
            committed <= made.length + 1 && ["", "hold 0,step 100"].includes(moved.join()),
            `the commits of the delivery are ${commits.join(", ")}`,
          )
          await observeCommits(stage, delivery, [...made, ...moved, "promote 100"], ["promote 0", "promoted 0"])
        },
      },
    ]
  },
})

/** No replica of the agent is left. */
async function removeAgent(stage: Stage): Promise<void> {
  await stage.kubectl(["-n", "serin-system", "scale", "deployment", "serin", "--replicas=0"])
  const selector = "app.kubernetes.io/name=serin"
  await stage.until("a cluster without agents", 40, async () => {
    const { stdout } = await stage.kubectl(["-n", "serin-system", "get", "pods", "-l", selector, "-o", "name"], {
      quiet: true,
    })
    return stdout === "" ? true : undefined
  })
}

interface Losses {
  readonly lost: number
  /** Of those that were sent once the proxy said that it was ready again. */
  readonly lostAfter: number
  readonly text: string
}

/** Kills the ingress gateway's proxy while requests go to it, and counts what they lose until it is back, and then. */
async function restartEnvoy(world: RealWorld, stage: Stage): Promise<Losses> {
  const gateway = ["-n", "istio-system", "get", "pods", "-l", "istio=ingressgateway", "-o", "json"]
  const { stdout } = await stage.kubectl(gateway, { quiet: true })
  interface Pod {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
    readonly status: { readonly podIP: string }
  }
  const { items } = JSON.parse(stdout) as { readonly items: readonly Pod[] }
  const pod = items.find(({ metadata }) => metadata.deletionTimestamp === undefined)
  observe(pod !== undefined, "there is no ingress gateway")
  // To the pod itself: when a Service sends requests to it again is up to kube-proxy.
  const load = startSteadyLoad(`http://${pod.status.podIP}:8080`, perSecond)
  await stage.until("requests that succeed", 20, () =>
    Promise.resolve(load.sent() > perSecond && load.failed() === 0 ? true : undefined),
  )
  killContainers(world.folder, pod.metadata.name, "istio-proxy")
  await stage.until("requests that fail", 20, () => Promise.resolve(load.failed() > 0 ? true : undefined))
  const readyAt = await stage.until("a proxy that is ready", 40, async () =>
    (await isReady(pod.status.podIP)) ? Date.now() : undefined,
  )
  await stage.until("a while without losses", 40, () =>
    Promise.resolve(Date.now() - Math.max(readyAt, load.lastFailure()) > 5_000 ? true : undefined),
  )
  const { sent, failures } = await load.stop()
  const lost = failures.length
  const lostAfter = failures.filter((sentAt) => sentAt > readyAt).length
  return {
    lost,
    lostAfter,
    text: `${String(lost)} of ${String(sent)} (${String(lostAfter)} of them once it was ready)`,
  }
}

/** Envoy has its configuration from istiod. */
async function isReady(podIP: string): Promise<boolean> {
  try {
    const answer = await fetch(`http://${podIP}:${String(adminPort)}/ready`, { signal: AbortSignal.timeout(1_000) })
    return answer.ok
  } catch {
    // It is not there yet; the caller asks again until its deadline.
    return false
  }
}

/** A pod whose proxy has never been restarted: after the first time the kubelet waits longer each time. */
async function renewGateway(stage: Stage): Promise<void> {
  const deployment = ["-n", "istio-system", "rollout"]
  await stage.kubectl([...deployment, "restart", "deployment/istio-ingressgateway"], { quiet: true })
  await stage.kubectl([...deployment, "status", "deployment/istio-ingressgateway", "--timeout=60s"], {
    quiet: true,
    timeout: 70_000,
  })
  // The old one has a few seconds to end what it carries, and connections that stay with it.
  await stage.until("only the new gateway", 30, async () => {
    const pods = ["-n", "istio-system", "get", "pods", "-l", "istio=ingressgateway", "-o", "name"]
    const { stdout } = await stage.kubectl(pods, { quiet: true })
    return stdout.trim().split("\n").length === 1 ? true : undefined
  })
}

async function untilNode(stage: Stage, ready: "True" | "Unknown", seconds: number): Promise<void> {
  const path = "jsonpath={.items[0].status.conditions[?(@.type=='Ready')].status}"
  await stage.until(`a node whose readiness is ${ready}`, seconds, async () =>
    (await stage.kubectl(["get", "nodes", "-o", path], { quiet: true })).stdout === ready ? true : undefined,
  )
}
