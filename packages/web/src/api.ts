import type { AgentEvent, Problem } from "@serin/agent/api"

/** The agent refused or could not be reached; `status` 401 means that the token is not (or no longer) good. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly next: string,
  ) {
    super(message)
  }
}

async function send(token: string, path: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(path, { headers: { authorization: `Bearer ${token}` }, ...(signal ? { signal } : {}) })
  if (response.ok) return response
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>
  throw new ApiFailure(response.status, problem.message ?? `the agent answered ${response.status}`, problem.next ?? "")
}

export async function get<T>(token: string, path: string): Promise<T> {
  return (await (await send(token, path)).json()) as T
}

/** Reads the agent's one event stream from `since` until the signal aborts or the connection breaks. */
export async function readEvents(
  token: string,
  since: number,
  onEvent: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await send(token, `/api/v1/events?since=${since}`, signal)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  for (;;) {
    const chunk = await reader?.read()
    if (chunk === undefined || chunk.done) return
    const blocks = (rest + chunk.value).split("\n\n")
    rest = blocks.pop() ?? ""
    for (const block of blocks) {
      const data = block
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trim())
        .join("")
      if (data !== "") onEvent(JSON.parse(data) as AgentEvent)
    }
  }
}
