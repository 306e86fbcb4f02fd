import { createHmac } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Request {
  /** Last part of the path. */
  readonly name: string
  readonly id: string
  readonly body: Readonly<Record<string, unknown>>
  readonly isSigned: boolean
}

/** Somebody whom gates and hooks call: keeps what came, and answers what it is told to by the last part of the path. */
export class HookReceiver {
  /** Code, and where to for a redirect; 200 unless said. */
  readonly answers = new Map<string, number>()
  readonly requests: Request[] = []
  readonly port: number
  readonly #close: () => Promise<void>

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port
    this.#close = close
  }

  static async start(key: string): Promise<HookReceiver> {
    const server = createServer((request, response) => {
      let text = ""
      request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
      request.on("end", () => {
        const name = request.url?.split("/").at(-1) ?? ""
        const signature = `sha256=${createHmac("sha256", key).update(text).digest("hex")}`
        receiver.requests.push({
          name,
          id: String(request.headers["x-serin-id"]),
          body: JSON.parse(text) as Request["body"],
          isSigned: request.headers["x-serin-signature-256"] === signature,
        })
        const code = receiver.answers.get(name) ?? 200
        response.writeHead(code, { "content-type": "text/plain", location: "/elsewhere" }).end("as you were")
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const receiver = new HookReceiver((server.address() as AddressInfo).port, async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return receiver
  }

  url(name: string): string {
    return `http://127.0.0.1:${this.port}/${name}`
  }

  of(name: string): Request[] {
    return this.requests.filter((request) => request.name === name)
  }

  close(): Promise<void> {
    return this.#close()
  }
}
