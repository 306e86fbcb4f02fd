import { Authority, startApi, type Address, type Services } from "../api/index.ts"
import { startCanaries } from "../canary/index.ts"
import { ImageBook, imageUses } from "../images/index.ts"
import { hooksSecretName } from "../install/index.ts"
import { checkAll, trafficGraph } from "../look/index.ts"
import { notify } from "../notify/index.ts"
import type { AgentParts } from "../parts.ts"
import { createPrometheusClient } from "../prometheus/index.ts"
import { startReceivers } from "../receivers/index.ts"
import { RegistryClient } from "../registry/index.ts"
import { startReleases } from "../release/index.ts"
import { WorkQueue } from "../runtime/index.ts"
import { readHistory } from "./history.ts"
import { imageTags } from "./image-tags.ts"
import { agentMetrics } from "./metrics.ts"
import { ConnectedRepositories } from "./repositories.ts"
import { Workloads } from "./workloads.ts"

export interface DeliveryOptions {
  readonly listen: Address
  /** Of the receivers of webhooks. */
  readonly hooksListen: Address
  readonly webDir?: string
  readonly ready: () => boolean
}

/** Images, releases, canaries and messages on top of Git and cluster, and the API over all of it. */
export async function startDelivery(
  parts: AgentParts,
  options: DeliveryOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { clock, random, log, events, repositories, kube, secrets, outbound } = parts
  const prometheus = createPrometheusClient(() => parts.settings().prometheusUrl, outbound)
  const registry = new RegistryClient({ mirrors: () => parts.settings().registryMirrors, clock, outbound })
  const book = new ImageBook({ registry, kubeFor: (key) => repositories.kubeFor(key), events, clock, random, log })
  const releases = startReleases(parts, { book })
  const canaries = startCanaries(parts, { prometheus, book })
  const messages = new WorkQueue({
    name: "messages",
    reconcile: (key) =>
      notify(key, {
        kube,
        events,
        outbound,
        repository: (name) => repositories.get(name),
        log: (name, limit) => repositories.log(name, limit),
      }),
    clock,
    random,
    log,
    // Said once for each time that it begins; the messages wait.
    onFailure: (key, error, failures) => {
      const [namespace = ""] = key.split("/")
      const message = `${error.message}. ${error.next}`
      if (failures === 1)
        events.emit({ kind: "error", namespace, subject: `Repository ${key}`, message, severity: "warning" })
    },
  })
  const watchImages = (): void => {
    const stated = repositories.list().map(({ metadata }) => {
      const repositoryKey = `${metadata.namespace}/${metadata.name}`
      return { repositoryKey, manifests: repositories.head(repositoryKey)?.manifests ?? [] }
    })
    book.watch(imageUses(stated))
  }
  const unsubscribe = repositories.onHead((key) => {
    watchImages()
    if (repositories.head(key) !== undefined) messages.add(key)
  })
  const connected = new ConnectedRepositories(parts)
  const workloads = new Workloads(parts, book)
  const metrics = agentMetrics(parts)
  const services: Services = {
    repositories: () => connected.states(),
    workloads: () => workloads.states(),
    canaries: () => canaries.states(),
    history: (filter) => readHistory(parts, filter),
    images: (image, filter) => imageTags(book, image, filter),
    release: (request, person) => releases.release(request, person),
    switchWorkload: (verb, workload, action, person) => releases.switchWorkload(verb, workload, action, person),
    steerCanary: (verb, canary, action, person) => canaries.steer(verb, canary, action, person),
    repository: (verb, named, person) => connected.act(verb, named, person),
    diff: (named) => connected.diff(named),
    rollback: (request, person) => connected.rollback(request, person),
    graph: (namespace) => trafficGraph(prometheus, namespace, clock.now()),
    check: () =>
      checkAll({
        kube,
        repositories,
        sync: parts.sync,
        prometheus,
        images: book.states(),
        outboundAllow: parts.settings().outboundAllow,
        now: clock.now(),
      }),
  }
  const close = async (): Promise<void> => {
    unsubscribe()
    metrics.close()
    await Promise.all([canaries.close(), releases.close(), messages.close(), workloads.close(), book.close()])
  }
  const api = await startApi({
    services,
    events,
    prometheus,
    authority: new Authority(kube, clock),
    clock,
    listen: options.listen,
    hosts: () => hostOf(parts.settings().publicUrl),
    ready: options.ready,
    metrics: () => metrics.text(),
    ...(options.webDir === undefined ? {} : { webDir: options.webDir }),
    log,
  }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  const receivers = await startReceivers({
    listen: options.hooksListen,
    clock,
    secrets,
    isConnected: (namespace) => repositories.list().some(({ metadata }) => metadata.namespace === namespace),
    secretName: hooksSecretName,
    onPush: ({ namespace, name }) => repositories.fetchNow(`${namespace}/${name}`),
    onImages: (paths) => book.pushed(paths),
    log,
  }).catch(async (error: unknown) => {
    await api.close()
    await close()
    throw error
  })
  return {
    url: api.url,
    close: async () => {
      await Promise.all([api.close(), receivers.close()])
      await close()
    },
  }
}

const hostOf = (url: string | undefined): string[] => (url === undefined ? [] : [new URL(url).hostname.toLowerCase()])
