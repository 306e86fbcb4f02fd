import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { expect, it, onTestFinished } from "vitest"
import { digestOf } from "../oci/index.ts"
import { RepositoryClient } from "./registry-client.ts"

it("calls a registry that is lost in the middle of a blob unreachable, not corrupt: asking again may help", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-length": "1000" })
    response.write("the beginning", () => response.destroy())
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  const client = new RepositoryClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "app")
  const blob = await client.blob(digestOf("content"))
  await expect(text(blob)).rejects.toMatchObject({ failure: "unreachable" })
})
