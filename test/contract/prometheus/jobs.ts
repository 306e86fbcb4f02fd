/**
 * What is configured for the cases that scrape, by their names: each has a job that scrapes the exporter under the case's
 * name, with this beside.
 */
const jobs = (exporter: string): Readonly<Record<string, object>> => ({
  "text-format": {},
  "labels-as-they-are": {},
  "open-metrics": {},
  "open-metrics-without-an-end": {},
  "times-of-samples": {},
  "times-of-samples-unwanted": { honor_timestamps: false },
  "series-of-a-scrape": { scrape_interval: "300ms", scrape_timeout: "250ms" },
  "one-series-twice": {},
  metadata: {},
  "target-that-goes-away": {},
  "target-that-is-not-there": { static_configs: [{ targets: ["127.0.0.1:1"] }] },
  "target-that-never-answers": {},
  "target-that-fails": {},
  "series-that-ends": {},
  "text-that-is-none": { scrape_interval: "100ms", scrape_timeout: "100ms" },
  // Long, so that nothing else than the mistake fails a scrape.
  "series-before-a-mistake": { scrape_interval: "2s", scrape_timeout: "2s" },
  "answer-without-a-type": {},
  "what-is-asked": { params: { module: ["http_2xx"], "match[]": ["a", "b"] } },
  compressed: {},
  redirected: {},
  "redirected-unwanted": { follow_redirects: false },
  "with-a-password": { basic_auth: { username: "scraper", password: "of-the-scraper" } },
  "with-a-token": { authorization: { credentials: "of-the-scraper" } },
  "labels-that-meet": {},
  "labels-that-meet-honored": { honor_labels: true },
  "limit-of-samples": { sample_limit: 2 },
  "relabelled-targets": {
    static_configs: [
      { targets: [exporter], labels: { Mixed: "CamelCase", zone: "eu-1a", secret: "x", tier: "web", same: "eu-1a" } },
      { targets: ["127.0.0.1:9"], labels: { zone: "us-1" } },
    ],
    relabel_configs: [
      { source_labels: ["zone"], regex: "us-.*", action: "drop" },
      { source_labels: ["zone"], regex: "eu-(?P<rest>.*)", target_label: "short", replacement: "${rest}!" },
      { source_labels: ["Mixed"], target_label: "lower", action: "lowercase" },
      { source_labels: ["Mixed"], target_label: "upper", action: "uppercase" },
      { regex: "(ti)(er)", replacement: "${2}_$1", action: "labelmap" },
      { regex: "secret", action: "labeldrop" },
      { source_labels: ["zone", "tier"], separator: "/", target_label: "joined" },
      { source_labels: ["zone", "tier"], target_label: "joined_as_usual" },
      { source_labels: ["zone"], modulus: 8, target_label: "shard", action: "hashmod" },
      { target_label: "constant", replacement: "always" },
      { source_labels: ["no_such_label"], regex: "(.+)", target_label: "never", replacement: "$1" },
      { source_labels: ["Mixed"], target_label: "Mixed", replacement: "" },
      { source_labels: ["zone"], target_label: "same", action: "keepequal" },
      { source_labels: ["__address__"], regex: "(.*):.*", target_label: "instance" },
    ],
  },
  "relabelled-address": {
    static_configs: [{ targets: ["somewhere"] }],
    relabel_configs: [
      { target_label: "__address__", replacement: exporter },
      { target_label: "__metrics_path__", replacement: "/another-path" },
      { target_label: "__param_target", replacement: "a b&c" },
      { target_label: "__scrape_interval__", replacement: "400ms" },
    ],
  },
  "relabelled-samples": {
    metric_relabel_configs: [
      { source_labels: ["__name__"], regex: "noise_.*", action: "drop" },
      { source_labels: ["code"], target_label: "status" },
      { regex: "code", action: "labeldrop" },
      { source_labels: ["__name__"], regex: "old_(.*)", target_label: "__name__", replacement: "new_$1" },
      { source_labels: ["path"], regex: "/api/(\\w+)/.*", target_label: "path", replacement: "/api/$1" },
      { source_labels: ["status"], regex: "5..", target_label: "bad", replacement: "yes" },
    ],
  },
  "limit-of-labels": { label_limit: 4 },
  "limit-of-names": { label_name_length_limit: 12 },
  "limit-of-values": { label_value_length_limit: 24 },
  "limit-of-bytes": { body_size_limit: "64B" },
  "limit-of-targets": {
    target_limit: 1,
    static_configs: [
      { targets: [exporter], labels: { one: "1" } },
      { targets: [exporter], labels: { two: "2" } },
    ],
  },
  "equal-labels": {
    static_configs: [
      { targets: [exporter], labels: { a: "same", b: "same" } },
      { targets: [exporter], labels: { a: "same", b: "other" } },
    ],
    relabel_configs: [{ source_labels: ["a"], target_label: "b", action: "dropequal" }],
  },
  "kept-labels": {
    metric_relabel_configs: [{ regex: "__name__|job|kept_.*", action: "labelkeep" }],
  },
  federated: {},
  recorded: {},
  "recorded-no-more": {},
  firing: {},
  pending: {},
  "kept-firing": {},
  templates: {},
  "rules-that-fail": {},
  "rules-that-are-listed": {},
  "listed-by-a-server": {
    static_configs: [],
    http_sd_configs: [{ url: `http://${exporter}/list-of-targets`, refresh_interval: "200ms" }],
  },
})

/** The configuration of a target that scrapes the exporter and evaluates the rules of a file. JSON is YAML. */
export function configuration(exporter: string, rulesFile: string): string {
  return JSON.stringify({
    global: { scrape_interval: "200ms", scrape_timeout: "200ms", evaluation_interval: "30s" },
    rule_files: [rulesFile],
    scrape_configs: Object.entries(jobs(exporter)).map(([name, job]) => ({
      job_name: name,
      metrics_path: `/${name}`,
      static_configs: [{ targets: [exporter] }],
      ...job,
    })),
  })
}

/** The configuration of a target that holds the data set. */
export const dataConfiguration = JSON.stringify({ global: { scrape_interval: "15s", evaluation_interval: "30s" } })
