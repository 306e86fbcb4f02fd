import { suite } from "../case.ts"
import type { Session } from "../session.ts"
import { list, text as textOf, type Json } from "../../harness/json.ts"

const text = { "content-type": "text/plain; version=0.0.4; charset=utf-8" }
const has =
  (alert: string, state: string) =>
  (alerts: readonly Json[]): boolean =>
    alerts.some((one) => textOf(one, "labels", "alertname") === alert && textOf(one, "state") === state)

const serve = (s: Session, ...lines: readonly string[]) =>
  s.serve({ headers: text, body: lines.map((line) => `${line}\n`).join("") })

export const rules = suite("rules", {
  recorded: async (s) => {
    await serve(s, 'recorded_total{way="web",paid="yes"} 3', 'recorded_total{way="shop"} 4')
    await s.scraped("recorded:sum", (series) => series.length > 0)
    await s.scraped('{__name__=~"recorded:.*"}', (series) => series.length === 4)
  },
  "recorded-no-more": async (s) => {
    await serve(s, "comes_and_goes 1")
    await s.scraped("recorded_no_more:copy")
    await serve(s, "another 1")
    await s.scraped("recorded_no_more:copy", (series) => series.length === 0)
  },
  firing: async (s) => {
    await serve(s, 'firing{way="web"} 2', 'firing{way="shop"} 1')
    await s.alerts("Firing", has("Firing", "firing"))
    await s.scraped('ALERTS{alertname="Firing"}')
    await s.scraped('ALERTS_FOR_STATE{alertname="Firing"} > bool 1700000000')
    await s.rules("firing")
    await serve(s, 'firing{way="web"} 0', 'firing{way="shop"} 1')
    await s.alerts("Firing", (alerts) => alerts.length === 0)
    await s.scraped('ALERTS{alertname="Firing"}', (series) => series.length === 0)
  },
  pending: async (s) => {
    await serve(s, 'waiting{way="web"} 2')
    await s.alerts("Pending", has("Pending", "pending"))
    await s.scraped('ALERTS{alertname="Pending"}')
    await serve(s, "another 1")
    await s.alerts("Pending", (alerts) => alerts.length === 0)
  },
  "kept-firing": async (s) => {
    await serve(s, 'kept{way="web"} 2')
    await s.alerts("KeptFiring", has("KeptFiring", "firing"))
    await serve(s, "another 1")
    await s.scraped('kept{job="kept-firing"}', (series) => series.length === 0)
    // The rule is evaluated some time after the scrape.
    await s.alerts("KeptFiring", (alerts) => JSON.stringify(alerts).includes("keepFiringSince"))
  },
  templates: async (s) => {
    await serve(s, 'templates{way="web",paid="yes"} 1234.5', 'templates_other{is="b"} 2', 'templates_other{is="a"} 1e7')
    // The other series came with the first ones, or with the next scrape.
    await s.scraped("templates_other", (series) => series.length === 2)
    await s.alerts("Templates", (alerts) => JSON.stringify(alerts).includes("10M"))
  },
  "rules-that-fail": async (s) => {
    await serve(s, 'failing{way="web"} 1', 'failing{way="shop"} 2')
    await s.scraped('count(failing{job="rules-that-fail"}) == 2')
    await s.rules("rules-that-fail", (group) =>
      list(group, "rules")
        .slice(0, 5)
        .every((rule) => textOf(rule, "health") === "err"),
    )
  },
  "rules-that-are-listed": async (s) => {
    await s.rules("rules-that-are-listed", (group) =>
      list(group, "rules").every((rule) => textOf(rule, "health") === "ok"),
    )
    const names = (body: Json): Json =>
      list(body, "data", "groups")
        .filter((group) => textOf(group, "name") === "rules-that-are-listed")
        .map((group) => list(group, "rules").map((rule) => textOf(rule, "name")))
    for (const query of [{ type: "alert" }, { type: "record" }]) {
      await s.send("GET", "/api/v1/rules", { door: "scrapes", query, show: names })
    }
    await s.send("GET", "/api/v1/rules", { door: "scrapes", query: { type: "Alert" }, show: names })
  },
})

export const federation = suite("federation", {
  federated: async (s) => {
    await serve(s, 'federated{way="we\\"b",instance="own"} 1.5', "federated_too +Inf", "not_federated 1")
    await s.scraped("federated_too")
    const show = (body: Json): Json =>
      typeof body === "string" ? body.replace(/ \d{13}$/gm, " <milliseconds>").split("\n") : body
    const query = { "match[]": ['{__name__=~"federated.*"}', 'federated_too{job="federated"}'] }
    await s.send("GET", "/federate", { door: "scrapes", query, show })
    await s.send("GET", "/federate", { door: "scrapes", query: { "match[]": "no_such_series" } })
    await s.send("GET", "/federate", { door: "scrapes", query: { "match[]": "{" } })
    await s.send("GET", "/federate", { door: "scrapes" })
  },
})
