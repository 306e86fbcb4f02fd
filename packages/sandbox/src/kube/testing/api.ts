import { Agent, request as httpsRequest } from "node:https"
import type { IncomingMessage } from "node:http"
import { type KubeApi, type KubeApiOptions, startKubeApi } from "../api.ts"
import type { Json } from "../json.ts"
import type { UserInfo } from "../verbs/index.ts"

export interface Answer {
  readonly code: number
  readonly headers: IncomingMessage["headers"]
  readonly text: string
  readonly json: Json
}

export interface CallOptions {
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A running API server and a plain HTTPS client that trusts its certificate. */
export interface TestApi extends KubeApi {
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** The events of a watch as they come; `ended` settles when the server ends the answer. */
  watch(path: string): Promise<{ readonly events: Json[]; readonly ended: Promise<void>; close(): void }>
}

const DEVELOPER: UserInfo = { username: "dev", groups: ["devs"] }
export const DEVELOPER_TOKEN = "developer-token"

export async function startTestApi(options: Partial<KubeApiOptions> = {}): Promise<TestApi> {
  const users = new Map([[DEVELOPER_TOKEN, DEVELOPER]])
  const api = await startKubeApi({ log: () => {}, users, ...options })
  const agent = new Agent({ keepAlive: true, ca: api.certificateAuthority })
  const admin = adminToken(api)

  const open = (method: string, path: string, { token = admin, headers, body }: CallOptions) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const authorization: Record<string, string> = token === "" ? {} : { authorization: `Bearer ${token}` }
      const call = httpsRequest(
        `${api.url}${path}`,
        { method, agent, headers: { "user-agent": "test", ...authorization, ...headers } },
        resolve,
      )
      call.once("error", reject)
      call.end(typeof body === "string" || body === undefined ? body : JSON.stringify(body))
    })

  return {
    ...api,
    call: async (method, path, callOptions = {}) => {
      const response = await open(method, path, callOptions)
      const chunks: Buffer[] = []
      for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString("utf8")
      const isJson = (response.headers["content-type"] ?? "").startsWith("application/json")
      const json = isJson ? (JSON.parse(text) as Json) : {}
      return { code: response.statusCode ?? 0, headers: response.headers, text, json }
    },
    watch: async (path) => {
      const response = await open("GET", path, {})
      const events: Json[] = []
      let rest = ""
      response.setEncoding("utf8")
      response.on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n")
        rest = lines.pop() ?? ""
        events.push(...lines.map((line) => JSON.parse(line) as Json))
      })
      const ended = new Promise<void>((resolve) => response.once("close", resolve))
      return { events, ended, close: () => response.destroy() }
    },
    close: async () => {
      agent.destroy()
      await api.close()
    },
  }
}

function adminToken(api: KubeApi): string {
  const { users } = JSON.parse(api.kubeconfig()) as { users: readonly { readonly user: { readonly token: string } }[] }
  return users[0]?.user.token ?? ""
}
