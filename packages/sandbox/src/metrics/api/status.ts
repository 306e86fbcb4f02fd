import { formatDuration } from "@serin/promql"
import { configText } from "../config-text.ts"
import { badParameter } from "./api-error.ts"
import type { Handler } from "./context.ts"
import { queryTimeout } from "./queries.ts"

/** The Prometheus whose answers these are. */
export const version = "3.0.0"

export const buildInfo: Handler = () => ({
  version,
  revision: "",
  branch: "",
  buildUser: "",
  buildDate: "",
  goVersion: "",
})

/** Without what only a Go program has. */
export const runtimeInfo: Handler = ({ started, retention }) => ({
  startTime: new Date(started).toISOString(),
  CWD: process.cwd(),
  reloadConfigSuccess: true,
  lastConfigTime: new Date(started).toISOString(),
  corruptionCount: 0,
  storageRetention: formatDuration(retention),
})

export const configuration: Handler = ({ config }) => ({ yaml: configText(config) })

/** The settings of a Prometheus that hold here too. */
export const flags: Handler = ({ engine, retention }) => ({
  "query.lookback-delta": formatDuration(engine.lookback),
  "query.max-samples": String(engine.maxSamples),
  "query.timeout": formatDuration(queryTimeout),
  "storage.tsdb.retention.time": formatDuration(retention),
  "web.enable-admin-api": "false",
  "web.enable-lifecycle": "false",
})

/** Rules are not evaluated here: a configuration that names some is refused. */
export const rules: Handler = (_context, parameters) => {
  const type = (parameters.get("type") ?? "").toLowerCase()
  if (!["", "alert", "record"].includes(type))
    throw badParameter("type", `not supported value ${JSON.stringify(parameters.get("type"))}`)
  return { groups: [] }
}

export const alerts: Handler = () => ({ alerts: [] })

export const alertmanagers: Handler = () => ({ activeAlertmanagers: [], droppedAlertmanagers: [] })
