import type { Result } from "../errors.ts"
import type { EventStream } from "../events/index.ts"
import type { CommitInfo } from "../git/commit-info.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import type { Outbound } from "../outbound/index.ts"
import { done, failed, type Outcome } from "../runtime/index.ts"
import { deliver, type Channel } from "./channel.ts"
import { messageFor, type Message } from "./message.ts"

/** What a Repository says about messages. */
export interface NotifiedRepository extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly namespace?: string }
  readonly spec: {
    readonly notify?: readonly {
      readonly type: "slack" | "webhook"
      readonly secretRef: { readonly name: string }
      readonly events?: readonly string[]
    }[]
  }
  readonly status?: { readonly notified?: { readonly commit: string } }
}

export interface NotifierParts {
  readonly kube: KubeClient
  readonly repository: (key: string) => NotifiedRepository | undefined
  /** Commits of the branch, newest first. */
  readonly log: (key: string, options: { readonly limit: number }) => Promise<Result<readonly CommitInfo[]>>
  readonly events: EventStream
  readonly outbound: Outbound
}

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

/** How far back a new commit is looked for; older ones are history, not news. */
const window = 200

/**
 * Tells people about the commits after `status.notified`, in order, each at least once: the cursor moves only when a message
 * was taken by every channel. A Repository that is new begins at its head: nobody is told of what was before.
 */
export async function notify(key: string, parts: NotifierParts): Promise<Outcome> {
  const { kube, repository, log } = parts
  const found = repository(key)
  if (!found?.spec.notify?.length) return done
  const commits = await log(key, { limit: window })
  if (!commits.ok) return failed(commits.error)
  const [head] = commits.value
  if (head === undefined) return done
  const seen = found.status?.notified?.commit
  const position = commits.value.findIndex(({ commit }) => commit === seen)
  if (seen === undefined || position === -1) return moveCursor(kube, found, head.commit)
  for (const commit of commits.value.slice(0, position).toReversed()) {
    const message = messageFor(commit, key)
    if (message) {
      const sent = await sendToAll(parts, found, message)
      if (!sent.ok) return failed(sent.error)
    }
    const moved = await moveCursor(kube, found, commit.commit)
    if (moved.kind !== "done") return moved
  }
  return done
}

async function sendToAll(
  { kube, events, outbound }: NotifierParts,
  repository: NotifiedRepository,
  message: Message,
): Promise<Result<void>> {
  const { namespace = "", name } = repository.metadata
  for (const { type, secretRef, events: wanted } of repository.spec.notify ?? []) {
    if (wanted && !wanted.includes(message.kind)) continue
    const channel = await channelOf(kube, namespace, type, secretRef.name)
    if (!channel.ok) return channel
    const delivered = await deliver(channel.value, message, outbound)
    if (!delivered.ok) return delivered
    events.emit({
      kind: "message",
      namespace,
      subject: type,
      message: message.text,
      severity: message.severity,
      commit: message.commit,
      data: { repository: name },
    })
  }
  return { ok: true, value: undefined }
}

async function channelOf(
  kube: KubeClient,
  namespace: string,
  type: Channel["type"],
  name: string,
): Promise<Result<Channel>> {
  const secret = await kube.get<Secret>({ apiVersion: "v1", kind: "Secret", namespace, name })
  if (!secret.ok) return secret
  const text = (key: string): string | undefined => {
    const value = secret.value.data?.[key]
    return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8").trim()
  }
  const key = text("key")
  return { ok: true, value: { type, url: text("url") ?? "", ...(key === undefined ? {} : { key }) } }
}

async function moveCursor(
  kube: KubeClient,
  { metadata: { name, namespace } }: NotifiedRepository,
  commit: string,
): Promise<Outcome> {
  const applied = await kube.apply(
    {
      apiVersion: "serin.dev/v1alpha1",
      kind: "Repository",
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      status: { notified: { commit } },
    } as KubeObject,
    { subresource: "status", fieldManager: "serin-notify" },
  )
  return applied.ok ? done : failed(applied.error)
}
