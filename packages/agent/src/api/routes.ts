import type { FastifyInstance, FastifyRequest } from "fastify"
import { z } from "zod"
import { SerinError, unwrap } from "../errors.ts"
import type { EventStream } from "../events/index.ts"
import type { PrometheusClient } from "../prometheus/index.ts"
import type { Clock } from "../runtime/index.ts"
import type { Authority, Caller, Permission } from "./auth.ts"
import { streamEvents } from "./event-stream.ts"
import type { Services } from "./services.ts"
import type { State } from "./types.ts"

export interface RouteContext {
  readonly services: Services
  readonly events: EventStream
  readonly prometheus: PrometheusClient
  readonly authority: Authority
  readonly clock: Clock
}

const reason = z.string().max(2_000).optional()
const optional = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }

const named = z.object({ namespace: z.string().min(1), name: z.string().min(1) })
const workloadPath = named.extend({
  kind: z.string().min(1),
  verb: z.enum(["automate", "deautomate", "lock", "unlock"]),
})
const canaryPath = named.extend({
  verb: z.enum(["pause", "resume", "promote", "abort", "retry", "set-weight", "adopt", "clear-rejected"]),
})
const repositoryPath = named.extend({ verb: z.enum(["sync", "suspend", "resume"]) })
const releaseBody = z
  .strictObject({
    namespace: z.string().min(1),
    kind: z.string().optional(),
    workload: z.string().min(1),
    container: z.string().optional(),
    tag: z.string().min(1),
    reason,
    dryRun: z.boolean().optional(),
  })
  .transform(optional)
const workloadBody = z
  .strictObject({
    reason,
    message: z.string().max(2_000).optional(),
    policy: z.record(z.string(), z.string()).optional(),
  })
  .transform(optional)
const canaryBody = z
  .strictObject({ reason, weight: z.int().min(0).max(100).optional(), tag: z.string().optional() })
  .transform(optional)
const rollbackBody = z
  .strictObject({
    namespace: z.string().min(1),
    repository: z.string().min(1),
    commit: z.string().regex(/^[0-9a-f]{7,40}$/),
    reason,
  })
  .transform(optional)
const historyQuery = z
  .object({
    workload: z.string().optional(),
    canary: z.string().optional(),
    kind: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(50),
  })
  .transform(optional)

/** `/api/v1/…`, as api/types.ts lists it. Every route says which right it needs. */
export function addRoutes(app: FastifyInstance, context: RouteContext): void {
  const { services, events, prometheus, clock } = context
  const allow = async (request: FastifyRequest, permission: Permission): Promise<Caller> => {
    const caller = await context.authority.callerOf(request.headers.authorization)
    await context.authority.require(caller, permission)
    return caller
  }
  const read: Permission = { resource: "repositories", verb: "get" }

  app.get("/api/v1/state", async (request): Promise<State> => {
    await allow(request, read)
    return {
      seq: events.seq,
      at: new Date(clock.now()).toISOString(),
      repositories: services.repositories(),
      workloads: services.workloads(),
      canaries: services.canaries(),
    }
  })
  app.get("/api/v1/events", async (request, reply) => {
    await allow(request, read)
    const { since } = check(z.object({ since: z.coerce.number().min(0).optional() }), request.query)
    reply.hijack()
    streamEvents(reply.raw, events, since, clock)
  })
  app.get("/api/v1/history", async (request) => {
    await allow(request, read)
    return services.history(check(historyQuery, request.query))
  })
  app.get("/api/v1/images", async (request) => {
    await allow(request, read)
    const { image, filter } = check(
      z.object({ image: z.string().min(1), filter: z.string().optional() }),
      request.query,
    )
    return services.images(image, filter)
  })
  app.get("/api/v1/graph", async (request) => {
    await allow(request, read)
    return services.graph(check(z.object({ namespace: z.string().optional() }), request.query).namespace)
  })
  app.get("/api/v1/check", async (request) => {
    await allow(request, read)
    return services.check()
  })
  for (const path of ["query", "query_range"] as const) {
    app.get(`/api/v1/${path}`, async (request, reply) => {
      await allow(request, read)
      const { status, body } = unwrap(
        await prometheus.raw(path, check(z.record(z.string(), z.string()), request.query)),
      )
      return reply.code(status).header("content-type", "application/json").send(body)
    })
  }
  app.post("/api/v1/releases", async (request) => {
    const body = check(releaseBody, request.body)
    // Looking at what would happen needs no more than reading.
    const caller = await allow(
      request,
      body.dryRun ? read : { resource: "canaries", verb: "release", namespace: body.namespace, name: body.workload },
    )
    return services.release(body, caller)
  })
  app.post("/api/v1/workloads/:namespace/:kind/:name/:verb", async (request) => {
    const { verb, ...workload } = check(workloadPath, request.params)
    const caller = await allow(request, {
      resource: "canaries",
      verb,
      namespace: workload.namespace,
      name: workload.name,
    })
    return services.switchWorkload(verb, workload, check(workloadBody, request.body ?? {}), caller)
  })
  app.post("/api/v1/canaries/:namespace/:name/:verb", async (request) => {
    const { verb, ...canary } = check(canaryPath, request.params)
    const caller = await allow(request, { resource: "canaries", verb, ...canary })
    return services.steerCanary(verb, canary, check(canaryBody, request.body ?? {}), caller)
  })
  app.post("/api/v1/repositories/:namespace/:name/:verb", async (request) => {
    const { verb, ...repository } = check(repositoryPath, request.params)
    const caller = await allow(request, { resource: "repositories", verb, ...repository })
    return services.repository(verb, repository, caller)
  })
  app.get("/api/v1/repositories/:namespace/:name/diff", async (request) => {
    const repository = check(named, request.params)
    await allow(request, { ...read, ...repository })
    return services.diff(repository)
  })
  app.post("/api/v1/rollback", async (request) => {
    const body = check(rollbackBody, request.body)
    const caller = await allow(request, {
      resource: "repositories",
      verb: "rollback",
      namespace: body.namespace,
      name: body.repository,
    })
    return services.rollback(body, caller)
  })
}

/** Rejects with REQUEST_INVALID that names the field. */
function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  throw new SerinError("REQUEST_INVALID", `${issue?.path.join(".") || "request"}: ${issue?.message ?? "not valid"}`)
}
