import { hostname } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import { sendJson } from "./json.mjs"
import { nextMessage } from "./message.mjs"

const longestDelay = 60
const largestEcho = 1 << 20

/** For machines: they ask often, and must not depend on anything. */
const probes = {
  "/healthz": ({ response }) => sendJson(response, 200, { status: "alive" }),
  "/readyz": ({ response, state }) =>
    sendJson(response, state.ready ? 200 : 503, { status: state.ready ? "ready" : "stopping" }),
  "/metrics": ({ response, state }) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" })
    response.end(state.metrics.toString())
  },
}

/** For people: each answer carries the message of the moment. */
const pages = {
  "/": ({ response, state, message }) =>
    sendJson(response, 200, { hostname: hostname(), version: state.version, message }),
  "/version": ({ response, state }) => sendJson(response, 200, { version: state.version }),
  "/env": ({ response }) => sendJson(response, 200, process.env),
  "/headers": ({ request, response }) => sendJson(response, 200, request.headers),
  "/echo": echo,
  "/panic": () => {
    console.error("panic: asked to")
    process.exit(255)
  },
  "/delay/{s}": async ({ response, parameter }) => {
    const seconds = Number(parameter)
    if (!(seconds >= 0 && seconds <= longestDelay)) {
      sendJson(response, 400, { error: `not a number of seconds from 0 to ${longestDelay}: ${parameter}` })
      return
    }
    await sleep(seconds * 1000)
    sendJson(response, 200, { delay: seconds })
  },
  "/status/{code}": ({ response, parameter }) => {
    const code = Number(parameter)
    const known = Number.isInteger(code) && code >= 200 && code <= 599
    sendJson(
      response,
      known ? code : 400,
      known ? { status: code } : { error: `not a status from 200 to 599: ${parameter}` },
    )
  },
}

const unknown = {
  name: "other",
  answer: ({ response, url }) => sendJson(response, 404, { error: `nothing is at ${url.pathname}` }),
}

/** What answers a path. `name` has no parameters in it, so metrics stay few. */
export function findRoute(path) {
  if (Object.hasOwn(probes, path)) return { name: path, answer: probes[path] }
  const [, head, parameter] = /^\/(delay|status)\/([^/]+)$/.exec(path) ?? []
  const name = head === "delay" ? "/delay/{s}" : head === "status" ? "/status/{code}" : path
  if (!Object.hasOwn(pages, name)) return unknown
  const answer = async (exchange) => pages[name]({ ...exchange, parameter, message: await nextMessage() })
  return { name, answer }
}

async function echo({ request, response }) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > largestEcho) {
      sendJson(response, 413, { error: `more than ${largestEcho} bytes` })
      return
    }
    chunks.push(chunk)
  }
  response.writeHead(200, { "content-type": request.headers["content-type"] ?? "application/octet-stream" })
  response.end(Buffer.concat(chunks))
}
