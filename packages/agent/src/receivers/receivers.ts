import { createHmac, timingSafeEqual } from "node:crypto"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { z } from "zod"
import { SerinError } from "../errors.ts"
import type { SecretReader } from "../kube/index.ts"
import type { Log } from "../runtime/index.ts"

export interface ReceiverOptions {
  readonly secrets: SecretReader
  /** Whether there are Repositories in a namespace: nothing is asked of the API for another one, which anybody can name. */
  readonly isConnected: (namespace: string) => boolean
  /** Name of the Secret with the keys `git` (HMAC key) and `registry` (bearer token), in the namespace of the URL. */
  readonly secretName: string
  /** Look at this repository now. */
  readonly onPush: (repository: { readonly namespace: string; readonly name: string }) => void
  /** Look at images of these repository paths now (`podinfo`, `team/app`). */
  readonly onImages: (repositories: readonly string[]) => void
  readonly log: Log
}

const notification = z.object({
  events: z.array(z.object({ action: z.string().optional(), target: z.object({ repository: z.string() }) })).max(1_000),
})

/**
 * `POST /hooks/git/{namespace}/{repository}` and `POST /hooks/registry/{namespace}`. A payload is believed in one thing only:
 * where to look. What is there is then read from Git and the registry.
 */
export function addReceivers(app: FastifyInstance, options: ReceiverOptions): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body))

  app.post("/hooks/git/:namespace/:repository", async (request, reply) => {
    const { namespace, repository } = request.params as { namespace: string; repository: string }
    const key = await secretOf(options, namespace, "git")
    const expected = `sha256=${createHmac("sha256", key).update(bodyOf(request)).digest("hex")}`
    if (!same(expected, String(request.headers["x-hub-signature-256"] ?? "")))
      throw refused(options, "git push", namespace)
    options.onPush({ namespace, name: repository })
    return reply.code(202).send({ message: "noted" })
  })

  app.post("/hooks/registry/:namespace", async (request, reply) => {
    const { namespace } = request.params as { namespace: string }
    const token = await secretOf(options, namespace, "registry")
    if (!same(`Bearer ${token}`, request.headers.authorization ?? ""))
      throw refused(options, "registry notification", namespace)
    const repositories = repositoriesOf(bodyOf(request))
    if (repositories.length > 0) options.onImages(repositories)
    return reply.code(202).send({ message: "noted" })
  })
}

const bodyOf = (request: FastifyRequest): Buffer => (Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))

function repositoriesOf(body: Buffer): string[] {
  let json: unknown
  try {
    json = JSON.parse(body.toString("utf8"))
  } catch {
    throw new SerinError("REQUEST_INVALID", "the notification is no JSON")
  }
  const parsed = notification.safeParse(json)
  if (!parsed.success)
    throw new SerinError("REQUEST_INVALID", "the notification has no list of events with target.repository")
  return [
    ...new Set(
      parsed.data.events
        .filter(({ action }) => action === undefined || action === "push")
        .map(({ target }) => target.repository),
    ),
  ]
}

async function secretOf(options: ReceiverOptions, namespace: string, key: string): Promise<string> {
  const { secrets, isConnected, secretName } = options
  const secret = isConnected(namespace) ? await secrets.read(namespace, secretName) : undefined
  const value = secret?.ok ? secret.value.data?.[key] : undefined
  // Whether a namespace has a key is nobody's business who has no key: the answer is the same as for a wrong one.
  if (value === undefined) throw new SerinError("SIGNATURE_WRONG", "the signature or token is wrong")
  return Buffer.from(value, "base64").toString("utf8")
}

function refused({ log }: ReceiverOptions, what: string, namespace: string): SerinError {
  log("webhook refused: wrong signature or token", { what, namespace })
  return new SerinError("SIGNATURE_WRONG", "the signature or token is wrong")
}

/** In constant time; lengths are hashed away. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHmac("sha256", "length").update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
