import type { CanaryState } from "@serin/agent/api"
import { useState, type SyntheticEvent } from "react"
import { useLive, type Live } from "./live.ts"
import { forgetToken, keepToken, takeToken } from "./session.ts"
import { Table } from "./table.tsx"

export function Page() {
  const [token, setToken] = useState(takeToken)
  if (token === undefined) {
    return (
      <SignIn
        onToken={(given) => {
          keepToken(given)
          setToken(given)
        }}
      />
    )
  }
  return (
    <LivePage
      token={token}
      onSignOut={() => {
        forgetToken()
        setToken(undefined)
      }}
    />
  )
}

function SignIn({ onToken }: { readonly onToken: (token: string) => void }) {
  const [token, setToken] = useState("")
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (token !== "") onToken(token)
  }
  return (
    <main>
      <h1>Serin</h1>
      <form onSubmit={submit}>
        <label>
          Token of the cluster (in your kubeconfig):{" "}
          <input type="password" autoComplete="off" value={token} onChange={(event) => setToken(event.target.value)} />
        </label>{" "}
        <button type="submit">Sign in</button>
      </form>
    </main>
  )
}

function LivePage({ token, onSignOut }: { readonly token: string; readonly onSignOut: () => void }) {
  const live = useLive(token)
  if (live.signedOut) {
    return (
      <main>
        <h1>Serin</h1>
        <p role="alert">{live.failure}</p>
        <button type="button" onClick={onSignOut}>
          Sign in again
        </button>
      </main>
    )
  }
  return (
    <main>
      <h1>Serin</h1>
      <p role="status" aria-live="polite">
        {live.staleSince === undefined
          ? "live"
          : `stale since ${new Date(live.staleSince).toLocaleTimeString()}: ${live.failure ?? "the connection broke"}`}
      </p>
      <Repositories live={live} />
      <Workloads live={live} />
      <Canaries canaries={live.state?.canaries ?? []} />
      <Traffic live={live} />
      <Messages live={live} />
      <History live={live} />
    </main>
  )
}

const Repositories = ({ live }: { readonly live: Live }) => (
  <Table
    caption="Repositories"
    columns={["repository", "branch", "head", "applied", "ready", "message"]}
    rows={live.state?.repositories ?? []}
    rowKey={(row) => `${row.namespace}/${row.name}`}
    cells={(row) => [
      `${row.namespace}/${row.name}`,
      row.branch,
      short(row.head),
      short(row.applied),
      row.suspended ? "suspended" : row.ready ? "yes" : "no",
      row.message,
    ]}
    empty="No repository is connected: run `serin install`."
  />
)

const Workloads = ({ live }: { readonly live: Live }) => (
  <Table
    caption="Workloads"
    columns={["workload", "ready", "image", "newest", "policy", "sync", "health"]}
    rows={live.state?.workloads ?? []}
    rowKey={(row) => `${row.namespace}/${row.kind}/${row.name}`}
    cells={(row) => [
      `${row.namespace}/${row.name}`,
      `${row.ready.ready}/${row.ready.desired}`,
      row.containers.map((container) => container.image).join(", "),
      row.containers.map((container) => container.newest ?? "–").join(", "),
      row.locked ? `locked: ${row.locked.message}` : row.automated ? "automated" : "manual",
      row.sync,
      row.health === "current" ? row.health : `${row.health}: ${row.message}`,
    ]}
    empty="No workloads yet: they come with the first sync."
  />
)

const Canaries = ({ canaries }: { readonly canaries: readonly CanaryState[] }) => (
  <Table
    caption="Canaries"
    columns={["canary", "phase", "revision", "step", "weight", "observed", "checks", "why"]}
    rows={canaries}
    rowKey={(row) => `${row.namespace}/${row.name}`}
    cells={(row) => [
      `${row.namespace}/${row.name}`,
      row.phase,
      row.revision.replace(/@.*/, ""),
      `${row.step} of ${row.steps.length}`,
      `${row.weight} %`,
      row.observedWeight === undefined ? "no traffic" : `${row.observedWeight.toFixed(1)} %`,
      row.checks.map((check) => check.verdict).join(", ") || "–",
      row.message,
    ]}
    empty="No canaries: commit a Canary to the config repository to get one."
  />
)

const Traffic = ({ live }: { readonly live: Live }) => {
  const names = new Map(
    live.graph?.nodes.map((node) => [
      node.id,
      `${node.kind} ${node.namespace}/${node.name}${node.version === undefined ? "" : ` (${node.version})`}`,
    ]),
  )
  return (
    <Table
      caption="Traffic"
      columns={["from", "to", "share", "requests/s", "errors", "p99"]}
      rows={live.graph?.edges ?? []}
      rowKey={(row) => `${row.from}→${row.to}`}
      cells={(row) => [
        names.get(row.from) ?? row.from,
        names.get(row.to) ?? row.to,
        `${(row.share * 100).toFixed(1)} %`,
        row.requestsPerSecond.toFixed(1),
        `${(row.errorRate * 100).toFixed(1)} %`,
        row.p99Ms === undefined ? "–" : `${row.p99Ms.toFixed(0)} ms`,
      ]}
      empty="No requests in the last minute."
    />
  )
}

const Messages = ({ live }: { readonly live: Live }) => (
  <Table
    caption="Slack and other messages"
    columns={["when", "to", "message"]}
    rows={live.events.filter((event) => event.kind === "message")}
    rowKey={(row) => String(row.seq)}
    cells={(row) => [new Date(row.at).toLocaleTimeString(), row.subject ?? "", row.message]}
    empty="No message was sent since the agent started."
  />
)

const History = ({ live }: { readonly live: Live }) => (
  <Table
    caption="History"
    columns={["when", "who", "kind", "subject", "commit", "from", "to", "why"]}
    rows={live.history}
    rowKey={(row) => `${row.at}${row.kind}${row.subject}${row.commit ?? ""}`}
    cells={(row) => [
      new Date(row.at).toLocaleString(),
      row.who,
      row.kind,
      row.subject,
      short(row.commit),
      row.from ?? "–",
      row.to ?? "–",
      row.reason,
    ]}
    empty="Nothing has happened yet."
  />
)

const short = (commit: string | undefined): string => commit?.slice(0, 8) ?? "–"
