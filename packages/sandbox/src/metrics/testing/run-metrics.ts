import { connect } from "node:net"
import { once } from "node:events"
import { startMetrics } from "../metrics.ts"

// A Prometheus as a process of its own, to be killed: `run-metrics.ts CONFIG DATA-DIR CONFIG-DIR` prints its address.
const [config = "", dataDir = "", configDir = ""] = process.argv.slice(2)
const metrics = await startMetrics({
  config,
  configDir,
  dataDir,
  dial: async (host, port) => {
    const socket = connect(port, host)
    await once(socket, "connect")
    return socket
  },
  log: (message, fields) => console.error(message, fields),
})
console.log(metrics.url)
