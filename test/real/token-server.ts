import { spawnSync } from "node:child_process"
import { createSign, randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"

export interface TokenServer {
  readonly realm: string
  readonly issuer: string
  /** PEM of the certificate that tokens are checked by. */
  readonly certificate: string
  close(): Promise<void>
}

export interface TokenUser {
  readonly name: string
  readonly password: string
  readonly actions: readonly string[]
}

/**
 * The token server that docker-registry expects somebody to run beside it ("Token Authentication Specification"): it
 * signs what of the asked scopes a user may do. Without credentials that is pulling.
 */
export async function startTokenServer(folder: string, users: readonly TokenUser[]): Promise<TokenServer> {
  const issuer = "contract"
  const [key, certificate] = [join(folder, "token.key"), join(folder, "token.crt")]
  const subject = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=contract", "-days", "2"]
  const made = spawnSync("openssl", ["req", "-x509", ...subject, "-keyout", key, "-out", certificate])
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr.toString()}`)
  const chain = readFileSync(certificate, "utf8").replace(/-----[A-Z ]+-----|\s/g, "")

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://token.invalid")
    const [, encoded = ""] = /^Basic (\S+)$/.exec(request.headers.authorization ?? "") ?? []
    const given = Buffer.from(encoded, "base64").toString()
    const user = users.find(({ name, password }) => `${name}:${password}` === given)
    if (encoded !== "" && user === undefined) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="token"' }).end()
      return
    }
    const access = url.searchParams.getAll("scope").map((scope) => {
      const [type = "", name = "", actions = ""] = scope.split(":")
      const may = user?.actions ?? ["pull"]
      return { type, name, actions: actions.split(",").filter((action) => may.includes(action)) }
    })
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer,
      sub: user?.name ?? "",
      aud: url.searchParams.get("service") ?? "",
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: randomUUID(),
      access,
    }
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
    const body = `${encode({ typ: "JWT", alg: "RS256", x5c: [chain] })}.${encode(claims)}`
    const signature = createSign("RSA-SHA256").update(body).sign(readFileSync(key)).toString("base64url")
    response.writeHead(200, { "content-type": "application/json" })
    response.end(JSON.stringify({ token: `${body}.${signature}`, expires_in: 300 }))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    realm: `http://127.0.0.1:${String(port)}/token`,
    issuer,
    certificate,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
