import { createSecureContext, rootCertificates, type SecureContext } from "node:tls"
import { Agent, ProxyAgent, Pool, type Dispatcher } from "undici"
import type { Clock, Log } from "../runtime/index.ts"
import { authoritiesOf, type Authorities } from "./authorities.ts"
import { reachable } from "./connector.ts"
import { proxiesOf, proxyLogin, type ProxyFor } from "./proxies.ts"
import { troubleOf, type Trouble } from "./trouble.ts"

export interface OutboundOptions {
  /** `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** File of certificate authorities beside the system's; need not be there. */
  readonly caBundle?: string
  readonly clock: Clock
  readonly log: Log
}

const connectMs = 5_000

/** The way out to registries, Prometheus and people's channels: proxies, and whom to trust. Git takes both from here too. */
export class Outbound {
  readonly proxyFor: ProxyFor
  readonly authorities: Authorities
  #current: { readonly authorities: string | undefined; readonly dispatcher: Dispatcher } | undefined
  readonly #retired: Promise<void>[] = []

  /** Throws CONFIG_INVALID when a proxy is none. */
  constructor({ environment, caBundle, clock, log }: OutboundOptions) {
    this.proxyFor = proxiesOf(environment)
    this.authorities = caBundle === undefined ? async () => undefined : authoritiesOf(caBundle, clock, log)
  }

  /** For undici. Ask each time: a bundle that was replaced holds for the next request. */
  async dispatcher(): Promise<Dispatcher> {
    const authorities = await this.authorities()
    if (this.#current && this.#current.authorities === authorities) return this.#current.dispatcher
    if (this.#current) this.#retired.push(this.#current.dispatcher.close())
    const dispatcher = this.#make(authorities)
    this.#current = { authorities, dispatcher }
    return dispatcher
  }

  /** Why a request to this address failed. */
  trouble(error: unknown, target: URL): Trouble {
    return troubleOf(error, this.proxyFor(target))
  }

  async close(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    await Promise.all([current?.dispatcher.close(), ...this.#retired])
  }

  #make(authorities: string | undefined): Dispatcher {
    // Made once: reading the system's authorities for each connection takes longer than the connection.
    const secureContext =
      authorities === undefined ? undefined : createSecureContext({ ca: [...rootCertificates, authorities] })
    return new Agent({
      factory: (origin) => {
        const proxy = this.proxyFor(new URL(origin))
        return proxy === undefined
          ? new Pool(origin, { connections: 8, connect: reachable(connectOptions(secureContext)) })
          : throughProxy(proxy, { connect: connectOptions(secureContext), toProxy: connectOptions(secureContext) })
      },
    })
  }
}

export interface ThroughProxy {
  /** TLS and time limit of the connection to the server. */
  readonly connect: object
  /** The same of the connection to the proxy. */
  readonly toProxy: object
}

/** https by CONNECT; http as a request for the whole URL, as proxies expect it. */
export function throughProxy(proxy: URL, { connect, toProxy }: ThroughProxy): Dispatcher {
  const token = proxyLogin(proxy)
  return new ProxyAgent({
    uri: `${proxy.protocol}//${proxy.host}`,
    ...(token === undefined ? {} : { token }),
    proxyTunnel: false,
    requestTls: connect,
    proxyTls: toProxy,
  })
}

const connectOptions = (secureContext: SecureContext | undefined) => ({
  timeout: connectMs,
  ...(secureContext === undefined ? {} : { secureContext }),
})
