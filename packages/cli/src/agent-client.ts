import type { Problem } from "@serin/agent/api"
import { fetch, Agent } from "undici"
import { CliError } from "./cli-error.ts"
import { exitCodes, type ExitCode } from "./exit-codes.ts"

/** Where the agent's API answers and who asks. */
export interface Connection {
  readonly url: string
  readonly token: string
}

const dispatcher = new Agent({ connect: { timeout: 5_000 }, headersTimeout: 60_000, bodyTimeout: 0 })

/** The agent's HTTP API; every failure becomes a CliError with the agent's own next step. */
export class AgentClient {
  readonly #connection: Connection
  constructor(connection: Connection) {
    this.#connection = connection
  }

  get<T>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<T> {
    return this.#request<T>("GET", path, query)
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#request<T>("POST", path, {}, body)
  }

  /** Server-sent events from `path`, each as parsed data, until the signal aborts or the agent ends the stream. */
  async *events<T>(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    signal?: AbortSignal,
  ): AsyncGenerator<T> {
    const response = await this.#send("GET", path, query, undefined, signal)
    let rest = ""
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      rest += chunk
      const blocks = rest.split("\n\n")
      rest = blocks.pop() ?? ""
      for (const block of blocks) {
        const data = block
          .split("\n")
          .filter((line) => line.startsWith("data:"))
          .map((line) => line.slice(5).trimStart())
          .join("\n")
        if (data !== "") yield JSON.parse(data) as T
      }
    }
  }

  async #request<T>(
    method: string,
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    body?: unknown,
  ): Promise<T> {
    const response = await this.#send(method, path, query, body)
    return (await response.json()) as T
  }

  async #send(
    method: string,
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    body?: unknown,
    signal?: AbortSignal,
  ) {
    const url = new URL(path, this.#connection.url)
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
    const response = await fetch(url, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${this.#connection.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    }).catch((error: unknown) => {
      throw new CliError(
        `the agent at ${url.origin} cannot be reached (${reasonOf(error)})`,
        "Is it running? `kubectl -n serin-system get pods` in a cluster, `serin sandbox` on a laptop; or name it with --agent URL.",
        exitCodes.unreachable,
      )
    })
    if (response.ok) return response
    throw await problemOf(response)
  }
}

async function problemOf(response: { status: number; text(): Promise<string> }): Promise<CliError> {
  const text = await response.text()
  let problem: Partial<Problem>
  try {
    problem = JSON.parse(text) as Partial<Problem>
  } catch {
    problem = { message: text.slice(0, 300) }
  }
  return new CliError(
    problem.message ?? `the agent answered ${response.status}`,
    problem.next ?? "See the agent's log.",
    codeOf(response.status),
    problem.position,
  )
}

function codeOf(status: number): ExitCode {
  if (status === 400 || status === 404) return exitCodes.usage
  return [401, 403, 409, 422].includes(status) ? exitCodes.refused : exitCodes.failed
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : String(cause)
}
