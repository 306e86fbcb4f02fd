import { Histogram } from "./histogram.ts"
import { label, peerLabels, type Peers } from "./labels.ts"

/** One finished request, as one proxy saw it. */
export interface ObservedRequest {
  readonly protocol: "http" | "grpc"
  /** 0: the client went away before there was an answer. */
  readonly code: number
  /** Envoy's flags, such as `UH` or `UF,URX`; `-` for none. */
  readonly flags: string
  /** Of the response's `grpc-status`; "" where there is none. */
  readonly grpcStatus: string
  readonly durationMs: number
  readonly requestBytes: number
  readonly responseBytes: number
}

/** The series that share one set of labels. */
export class RequestSeries {
  count = 0
  readonly duration = new Histogram()
  readonly requestBytes = new Histogram()
  readonly responseBytes = new Histogram()

  constructor(readonly labels: string) {}

  observe(request: ObservedRequest): void {
    this.count++
    this.duration.observe(request.durationMs)
    this.requestBytes.observe(request.requestBytes)
    this.responseBytes.observe(request.responseBytes)
  }
}

/** Counters of connections that are not HTTP; bytes are counted as they pass. */
export class TcpSeries {
  opened = 0
  closed = 0
  /** From the server to the client, as Istio counts. */
  sentBytes = 0
  /** From the client to the server. */
  receivedBytes = 0

  constructor(readonly labels: string) {}
}

interface PeerSeries {
  readonly peers: Peers
  readonly labels: string
  readonly requests: Map<string, RequestSeries>
  readonly tcp: Map<string, TcpSeries>
}

/**
 * What one proxy has observed since it started. Workloads and services must be interned (one object for one value):
 * finding a series costs lookups by identity instead of building a string per request.
 */
export class ProxyStats {
  readonly #byReporter = { source: new Map<unknown, PeerSeries[]>(), destination: new Map<unknown, PeerSeries[]>() }

  request(peers: Peers, request: ObservedRequest): void {
    const { requests, labels } = this.#peers(peers)
    const key = `${request.code} ${request.flags} ${request.protocol} ${request.grpcStatus}`
    let series = requests.get(key)
    if (!series) {
      const own = [
        label("request_protocol", request.protocol),
        `response_flags="${request.flags}"`,
        `grpc_response_status="${/^\d{1,2}$/.test(request.grpcStatus) ? request.grpcStatus : ""}"`,
        `response_code="${request.code}"`,
      ]
      series = new RequestSeries(`${labels},${own.join(",")}`)
      requests.set(key, series)
    }
    series.observe(request)
  }

  tcp(peers: Peers, flags: string): TcpSeries {
    const { tcp, labels } = this.#peers(peers)
    let series = tcp.get(flags)
    if (!series) {
      series = new TcpSeries(`${labels},request_protocol="tcp",response_flags="${flags}"`)
      tcp.set(flags, series)
    }
    return series
  }

  *requestSeries(): Generator<RequestSeries> {
    for (const peers of this.#all()) yield* peers.requests.values()
  }

  *tcpSeries(): Generator<TcpSeries> {
    for (const peers of this.#all()) yield* peers.tcp.values()
  }

  *#all(): Generator<PeerSeries> {
    for (const map of Object.values(this.#byReporter)) for (const list of map.values()) yield* list
  }

  #peers(peers: Peers): PeerSeries {
    const map = this.#byReporter[peers.reporter]
    let list = map.get(peers.service)
    if (!list) map.set(peers.service, (list = []))
    for (const known of list) {
      if (known.peers.destination === peers.destination && known.peers.source === peers.source) return known
    }
    const made: PeerSeries = { peers, labels: peerLabels(peers), requests: new Map(), tcp: new Map() }
    list.push(made)
    return made
  }
}
