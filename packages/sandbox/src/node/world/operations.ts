import { once } from "node:events"
import { createServer, type Server, type Socket } from "node:net"
import { NodeError } from "../node.ts"
import { sendJson, takeJson } from "../wire/lines.ts"
import type { Answer, ContainerCommand, ContainerNews, Request } from "../wire/requests.ts"
import { join } from "../wire/join.ts"
import { serveSession } from "./serve-session.ts"
import type { World } from "./world.ts"

/** Answers the host's requests at a unix socket, each on a connection of its own. */
export async function serveOperations(path: string, world: World): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    // A host that goes away mid-request: what to do about it is seen at the connection's close.
    connection.on("error", () => connection.destroy())
    void serve(connection, world)
  })
  server.listen(path)
  await once(server, "listening")
  return server
}

async function serve(connection: Socket, world: World): Promise<void> {
  try {
    const request = await takeJson<Request>(connection)
    if (request === undefined) return void connection.destroy()
    await carryOut(request, connection, world)
  } catch (error) {
    const answer: Answer<never> = { error: described(error) }
    if (!connection.writable) return
    sendJson(connection, answer)
    connection.end()
    connection.resume()
  }
}

async function carryOut(request: Request, connection: Socket, world: World): Promise<void> {
  switch (request.op) {
    case "createPod":
      return reply(connection, await world.createPod(request.pod))
    case "removePod":
      return reply(connection, await world.removePod(request.uid))
    case "configureMesh":
      return reply(connection, world.dataPlane.configure(request.snapshot))
    case "meshStats":
      return reply(connection, world.dataPlane.stats(request.of))
    case "startContainer": {
      const { program, exit } = await world.startContainer(request.spec)
      accept(connection, { pid: program.pid })
      void obey(connection, (signal) => program.kill(signal))
      const news: ContainerNews = { exit: await exit }
      if (connection.writable) connection.end(JSON.stringify(news) + "\n")
      return
    }
    case "exec": {
      const program = await world.containers.exec(request.spec)
      accept(connection, {})
      return serveSession(connection, program)
    }
    case "attach": {
      const program = world.containers.attach(request.container)
      accept(connection, {})
      return serveSession(connection, request.container.stdin ? program : { ...program, stdin: undefined })
    }
    case "dial": {
      const upstream = await world.dial(request.ip, request.port, request.loopback)
      accept(connection, {})
      return join(connection, upstream)
    }
  }
}

function accept(connection: Socket, ok: unknown): void {
  const answer: Answer<unknown> = { ok }
  sendJson(connection, answer)
}

function reply(connection: Socket, ok: unknown): void {
  accept(connection, ok ?? null)
  connection.end()
  connection.resume()
}

async function obey(connection: Socket, kill: (signal: NodeJS.Signals) => void): Promise<void> {
  for (;;) {
    const command = await takeJson<ContainerCommand>(connection)
    if (command === undefined) return
    kill(command.signal)
  }
}

function described(error: unknown): { code: NodeError["code"]; message: string } {
  if (error instanceof NodeError) return { code: error.code, message: error.message }
  const { syscall } = error as NodeJS.ErrnoException
  const message = error instanceof Error ? error.message : String(error)
  return { code: syscall === "connect" ? "CONNECT_FAILED" : "SETUP_FAILED", message: message.replace(/^connect /, "") }
}
