import type { ExecAction, GRPCAction, HTTPGetAction, Probe, SleepAction, TCPSocketAction } from "../types.gen.ts"
import { follows, nonNegative, port, portOrName } from "./checks.ts"
import { forbidden, invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { httpHeaderName } from "./names.ts"

interface Handler {
  readonly exec?: ExecAction
  readonly httpGet?: HTTPGetAction
  readonly tcpSocket?: TCPSocketAction
  readonly grpc?: GRPCAction
  readonly sleep?: SleepAction
}

/** Exactly one way to ask or tell a container something. */
export function* validateHandler(
  path: string,
  handler: Handler,
  gracePeriod: number | undefined,
): Iterable<FieldError> {
  const kinds = (["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const).filter(
    (kind) => handler[kind] !== undefined,
  )
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler
  for (const [index, kind] of kinds.entries()) {
    const at = `${path}.${kind}`
    if (index > 0) yield forbidden(at, "may not specify more than 1 handler type")
    else if (exec !== undefined) {
      if ((exec.command ?? []).length === 0) yield required(`${at}.command`)
    } else if (httpGet !== undefined) yield* validateHttp(at, httpGet)
    else if (tcpSocket !== undefined) yield* portOrName(`${at}.port`, tcpSocket.port)
    else if (grpc !== undefined) yield* port(`${at}.port`, grpc.port)
    else if (sleep !== undefined) yield* validateSleep(at, sleep, gracePeriod)
  }
  if (kinds.length === 0) yield required(path, "must specify a handler type")
}

function* validateHttp(path: string, action: HTTPGetAction): Iterable<FieldError> {
  yield* portOrName(`${path}.port`, action.port)
  const scheme = action.scheme ?? ""
  if (scheme !== "HTTP" && scheme !== "HTTPS") yield notSupported(`${path}.scheme`, scheme, ["HTTP", "HTTPS"])
  for (const { name } of action.httpHeaders ?? []) yield* follows(httpHeaderName, `${path}.httpHeaders`, name)
}

function* validateSleep(path: string, { seconds }: SleepAction, gracePeriod: number | undefined): Iterable<FieldError> {
  if (gracePeriod === undefined || (seconds >= 0 && seconds <= gracePeriod)) return
  yield invalidValue(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`)
}

function* validateProbe(path: string, probe: Probe, gracePeriod: number | undefined): Iterable<FieldError> {
  yield* validateHandler(path, probe, gracePeriod)
  for (const field of [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ] as const) {
    yield* nonNegative(`${path}.${field}`, probe[field])
  }
  const grace = probe.terminationGracePeriodSeconds
  if (grace !== undefined && grace <= 0) {
    yield invalidValue(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0")
  }
}

/** Startup probes too: they have succeeded when they succeed once. */
export function* validateLivenessProbe(
  path: string,
  probe: Probe | undefined,
  gracePeriod: number | undefined,
): Iterable<FieldError> {
  if (probe === undefined) return
  yield* validateProbe(path, probe, gracePeriod)
  if ((probe.successThreshold ?? 1) !== 1) {
    yield invalidValue(`${path}.successThreshold`, probe.successThreshold, "must be 1")
  }
}

export function* validateReadinessProbe(
  path: string,
  probe: Probe | undefined,
  gracePeriod: number | undefined,
): Iterable<FieldError> {
  if (probe === undefined) return
  yield* validateProbe(path, probe, gracePeriod)
  const grace = probe.terminationGracePeriodSeconds
  if (grace !== undefined) {
    yield invalidValue(`${path}.terminationGracePeriodSeconds`, grace, "must not be set for readinessProbes")
  }
}
