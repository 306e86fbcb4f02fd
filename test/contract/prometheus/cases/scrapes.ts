import { gzipSync } from "node:zlib"
import { suite } from "../case.ts"
import type { Session } from "../session.ts"

const openMetrics = { "content-type": "application/openmetrics-text; version=1.0.0; charset=utf-8" }
const text = { "content-type": "text/plain; version=0.0.4; charset=utf-8" }

/** What the case's job exposes itself. */
const own = (s: Session): string => `{job="${s.job}",__name__!~"up|scrape_.*"}`
const up = (s: Session): string => `up{job="${s.job}"}`

export const scrapes = suite("scrapes", {
  "text-format": async (s) => {
    const body = [
      "# HELP orders_total How many orders\\nthere were, by \\\\ way.",
      "# TYPE orders_total counter",
      'orders_total{way="web",paid="yes"} 1027',
      'orders_total{way="web",paid="no",}    3',
      "# a comment of no kind",
      "# TYPE weight_kilograms gauge",
      "weight_kilograms 12.47",
      '\tindented{ a = "b" , c="d" } \t7',
      "",
      'extreme{is="inf"} +Inf',
      'extreme{is="minus-inf"} -Inf',
      'extreme{is="nan"} NaN',
      'extreme{is="small"} 1e-300',
      'extreme{is="exact"} 0.1',
      "# TYPE size histogram",
      'size_bucket{le="1"} 1',
      'size_bucket{le="+Inf"} 2',
      "size_sum 3.5",
      "size_count 2",
    ]
    await s.serve({ headers: text, body: body.filter((line) => !line.startsWith("\t")).join("\n") + "\n" })
    await s.scraped(own(s))
  },
  "labels-as-they-are": async (s) => {
    const body = [
      'escaped{text="say \\"so\\"",path="C:\\\\temp",lines="one\\ntwo"} 1',
      'other_escapes{text="a\\tb\\d"} 1',
      'other_letters{text="größer als 1 €, 日本"} 1',
      'nothing{text=""} 1',
      'marks{text="a{b}=c,d#e"} 1',
    ].join("\n")
    await s.serve({ headers: text, body: `${body}\n` })
    await s.scraped(own(s))
  },
  "open-metrics": async (s) => {
    const body = [
      "# TYPE orders counter",
      "# HELP orders How many.",
      'orders_total{way="web"} 17.0 # {trace_id="abc"} 1.0 1700000000.5',
      'orders_created{way="web"} 1700000000.25',
      "# TYPE wait_seconds gauge",
      "# UNIT wait_seconds seconds",
      "wait_seconds 0.5",
      "# TYPE weather stateset",
      'weather{weather="rain"} 1',
      "# TYPE build info",
      'build_info{version="1.0"} 1',
      "# EOF",
    ].join("\n")
    await s.serve({ headers: openMetrics, body: `${body}\n` })
    await s.scraped(own(s))
    await s.send("GET", "/api/v1/metadata", { door: "scrapes", query: { metric: "wait_seconds" } })
    await s.serve({ headers: openMetrics, body: "# UNIT wait_seconds minutes\nwait_seconds 0.5\n# EOF\n" })
    await s.scraped(`${up(s)} == 0`)
  },
  "open-metrics-without-an-end": async (s) => {
    await s.serve({ headers: openMetrics, body: "orders_total 17\n" })
    await s.health("down", /EOF/)
    await s.scraped(up(s))
    await s.scraped(own(s), () => true)
  },
  "times-of-samples": async (s) => {
    const time = Math.floor(Date.now() / 1000) - 20
    await s.serve({ headers: text, body: `in_text ${String(time)} ${String(time)}000\nwithout_a_time 1\n` })
    await s.scraped("timestamp(in_text) - in_text")
    await s.scraped("in_text > bool time() - 10")
    const body = `in_open_metrics ${String(time)}.5 ${String(time)}.5\n# EOF\n`
    await s.serve({ headers: openMetrics, body })
    await s.scraped("timestamp(in_open_metrics) - in_open_metrics")
    // It ends by itself, after the look-back: no marker ends it.
    await s.scraped("timestamp(in_text) - in_text")
    await s.scraped("without_a_time", (series) => series.length === 0)
  },
  "times-of-samples-unwanted": async (s) => {
    const time = Math.floor(Date.now() / 1000) - 20
    await s.serve({ headers: text, body: `unwanted_time ${String(time)} ${String(time)}000\n` })
    await s.scraped("(timestamp(unwanted_time) - unwanted_time) > bool 10")
  },
  "series-of-a-scrape": async (s) => {
    await s.serve({ headers: text, body: "one 1\ntwo 2\n" })
    await s.scraped(`${up(s)} == 1`)
    await s.scraped(`{job="${s.job}",__name__=~"scrape_samples_.*"} > 0`)
    await s.scraped(`max_over_time(scrape_series_added{job="${s.job}"}[1m])`)
    await s.scraped(`scrape_duration_seconds{job="${s.job}"} < bool 10`)
  },
  "one-series-twice": async (s) => {
    await s.serve({ headers: text, body: "twice 1\ntwice 2\n" })
    await s.scraped("twice")
    await s.scraped(`${up(s)} == 1`)
  },
  metadata: async (s) => {
    const body = [
      "# HELP said_total What is said\\nof it.",
      "# TYPE said_total counter",
      "said_total 1",
      "# TYPE untold untyped",
      "untold 1",
      "# HELP helped Only this.",
      "helped 1",
    ].join("\n")
    await s.serve({ headers: text, body: `${body}\n` })
    await s.scraped("helped")
    const { exporter } = s.target
    for (const metric of ["said_total", "untold", "helped", "no_such_metric"]) {
      await s.send("GET", "/api/v1/metadata", { door: "scrapes", query: { metric } })
    }
    await s.send("GET", "/api/v1/targets/metadata", {
      door: "scrapes",
      query: { match_target: `{job="${s.job}",instance="${exporter.address}"}`, metric: "said_total" },
    })
    await s.send("GET", "/api/v1/targets/metadata", { door: "scrapes", query: { match_target: "{" } })
  },
  "target-that-goes-away": async (s) => {
    await s.serve({ headers: text, body: "leaving 1\n" })
    await s.scraped("leaving")
    await s.health("up")
    await s.serve("cut")
    await s.scraped(`${up(s)} == 0`)
    await s.scraped("leaving", (series) => series.length === 0)
    await s.scraped("count_over_time(leaving[1m]) > bool 0")
    await s.health("down", /EOF/)
    await s.serve({ headers: text, body: "leaving 2\n" })
    await s.scraped("leaving")
  },
  "target-that-is-not-there": async (s) => {
    await s.health("down", /refused/)
    await s.scraped(up(s))
  },
  "target-that-never-answers": async (s) => {
    await s.serve("silent")
    await s.health("down", /deadline/)
  },
  "target-that-fails": async (s) => {
    await s.serve({ status: 503, body: "still_there 1\n" })
    await s.health("down", /status 503/)
    await s.scraped(`{job="${s.job}",__name__=~"up|scrape_samples.*"}`)
  },
  "series-that-ends": async (s) => {
    await s.serve({ headers: text, body: 'part{of="a"} 1\npart{of="b"} 1\n' })
    await s.scraped("part", (series) => series.length === 2)
    await s.serve({ headers: text, body: 'part{of="b"} 1\n' })
    await s.scraped("part", (series) => series.length === 1)
    await s.scraped(`${up(s)} == 1`)
    await s.serve({ headers: text, body: "" })
    await s.scraped("part", (series) => series.length === 0)
    await s.scraped(`${up(s)} == 1`)
  },
  "text-that-is-none": async (s) => {
    for (const line of [
      "a{x=} 1",
      'a{x="1" 1',
      "{} 1",
      "a",
      "a one",
      "a 1 now",
      "a 1 2 3",
      "a 1 1.5",
      'a{x="1"}',
      "5a 1",
      "a-b 1",
    ]) {
      await s.serve({ headers: text, body: `${line}\ngood 1\n` })
      s.note(line, await s.scrapedUp())
    }
    await s.scraped("good", (series) => series.length === 0)
  },
  "series-before-a-mistake": async (s) => {
    await s.serve({ headers: text, body: "before 1\n" })
    await s.scraped("before")
    await s.serve({ headers: text, body: "before 1\nmistaken{\n" })
    await s.scraped(`${up(s)} == 0`)
    await s.scraped("before", () => true)
  },
  "answer-without-a-type": async (s) => {
    await s.serve({ body: "untyped_answer 1\n" })
    await s.scraped(up(s))
    await s.scraped("untyped_answer", () => true)
  },
  "what-is-asked": async (s) => {
    const request = await s.asked()
    const { accept, "accept-encoding": encoding, "user-agent": agent } = request.headers
    s.note("request", {
      url: request.url ?? "",
      accept: accept ?? "",
      encoding: encoding ?? "",
      agent: (agent ?? "").replace(/\/.*/, "/<version>"),
      timeout: request.headers["x-prometheus-scrape-timeout-seconds"] ?? "",
      authorization: request.headers.authorization ?? "none",
    })
  },
  compressed: async (s) => {
    await s.serve({ headers: { ...text, "content-encoding": "gzip" }, body: gzipSync("small 1\n") })
    await s.scraped("small")
  },
  redirected: async (s) => {
    s.target.exporter.serve("/where-it-is-now", { headers: text, body: "moved 1\n" })
    await s.serve({ status: 302, headers: { location: "/where-it-is-now" }, body: "" })
    await s.scraped("moved")
    await s.health("up")
    await s.serve({ status: 302, headers: { location: `/${s.job}` }, body: "" })
    await s.health("down", /redirects/)
  },
  "redirected-unwanted": async (s) => {
    await s.serve({ status: 302, headers: { location: "/where-it-is-now" }, body: "" })
    await s.health("down", /status 302/)
  },
  "with-a-password": async (s) => {
    const { headers } = await s.asked()
    s.note("authorization", headers.authorization ?? "none")
  },
  "with-a-token": async (s) => {
    const { headers } = await s.asked()
    s.note("authorization", headers.authorization ?? "none")
  },
  "labels-that-meet": async (s) => {
    await s.serve({ headers: text, body: 'meeting{job="mine",instance="here",exported_job="older"} 1\n' })
    await s.scraped('meeting{exported_job!=""}')
  },
  "labels-that-meet-honored": async (s) => {
    await s.serve({ headers: text, body: 'honored{job="mine"} 1\nhonored{job=""} 2\n' })
    await s.scraped("honored")
  },
  "limit-of-samples": async (s) => {
    await s.serve({ headers: text, body: "first 1\nsecond 1\n" })
    await s.scraped(own(s), (series) => series.length === 2)
    await s.serve({ headers: text, body: "first 1\nsecond 1\nthird 1\n" })
    await s.health("down", /sample limit/)
    await s.scraped(`${up(s)} == 0`)
    await s.scraped(`{job="${s.job}",__name__=~"scrape_samples_.*"} > 0`)
  },
  "limit-of-labels": async (s) => {
    await s.serve({ headers: text, body: 'few{a="1"} 1\n' })
    await s.scraped(own(s))
    await s.serve({ headers: text, body: 'many{a="1",b="2"} 1\n' })
    await s.health("down", /label_limit/)
    await s.scraped(own(s), (series) => series.length === 0)
  },
  "limit-of-names": async (s) => {
    await s.serve({ headers: text, body: 'long_name{a_name_that_is_long="1"} 1\n' })
    await s.health("down", /label_name_length_limit/)
  },
  "limit-of-values": async (s) => {
    await s.serve({ headers: text, body: 'long_value{a="a value of which there is too much"} 1\n' })
    await s.health("down", /label_value_length_limit/)
  },
  "limit-of-bytes": async (s) => {
    await s.serve({ headers: text, body: "# nothing\n".repeat(10) })
    await s.health("down", /size/)
    await s.scraped(up(s))
  },
  "limit-of-targets": async (s) => {
    s.target.exporter.serve(`/${s.job}`, { headers: text, body: "of_too_many 1\n" })
    await s.health("down", /target_limit/)
    await s.scraped(own(s), (series) => series.length === 0)
  },
  "equal-labels": async (s) => {
    await s.serve({ headers: text, body: "of_the_other 1\n" })
    await s.scraped(own(s))
  },
  "kept-labels": async (s) => {
    await s.serve({ headers: text, body: 'keeps{kept_a="1",b="2"} 1\n' })
    await s.scraped(own(s))
  },
  "relabelled-targets": async (s) => {
    await s.serve({ headers: text, body: "relabelled 1\n" })
    await s.scraped("relabelled")
    await s.health("up")
  },
  "relabelled-address": async (s) => {
    await s.serve({ headers: text, body: "elsewhere 1\n" }, "/another-path")
    await s.scraped("elsewhere")
    await s.health("up")
    const { url } = await s.asked("/another-path")
    s.note("asked", url ?? "")
  },
  "relabelled-samples": async (s) => {
    const body = [
      'noise_total{code="200"} 1',
      'old_name{code="200",path="/api/users/1"} 2',
      'kept{code="503",path="/elsewhere"} 3',
    ].join("\n")
    await s.serve({ headers: text, body: `${body}\n` })
    await s.scraped(own(s))
    await s.scraped(`{job="${s.job}",__name__=~"scrape_samples_.*"} > 0`)
  },
  "listed-by-a-server": async (s) => {
    const { exporter } = s.target
    const list = (groups: object[]) =>
      exporter.serve("/list-of-targets", {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(groups),
      })
    exporter.serve(`/${s.job}`, { headers: text, body: "listed 1\n" })
    list([{ targets: [exporter.address], labels: { team: "a", __meta_rack: "7" } }])
    await s.scraped("listed")
    await s.health("up")
    list([])
    await s.scraped("listed", (series) => series.length === 0)
    await s.scraped(up(s), (series) => series.length === 0)
  },
})

export const discovery = suite("discovery", {
  "targets-by-state": async (s) => {
    const ofJobs = (body: unknown) => {
      const { data } = body as { data: { activeTargets: object[]; droppedTargets: object[] } }
      return { active: data.activeTargets.length > 0, dropped: data.droppedTargets.length }
    }
    for (const state of ["active", "dropped", "any", "other"]) {
      await s.send("GET", "/api/v1/targets", { door: "scrapes", query: { state }, show: ofJobs })
    }
  },
  "scrape-pools": async (s) => {
    await s.send("GET", "/api/v1/scrape_pools", { door: "scrapes" })
  },
})
