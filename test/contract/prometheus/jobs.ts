/** What is configured for the cases that scrape, by their names. The path is the case's name. */
const jobs: Readonly<Record<string, object>> = {}

/** The configuration of a target that scrapes the exporter. JSON is YAML. */
export function configuration(exporter: string): string {
  return JSON.stringify({
    global: { scrape_interval: "200ms", scrape_timeout: "200ms", evaluation_interval: "30s" },
    scrape_configs: Object.entries(jobs).map(([name, job]) => ({
      job_name: name,
      metrics_path: `/${name}`,
      static_configs: [{ targets: [exporter] }],
      ...job,
    })),
  })
}

/** The configuration of a target that holds the data set. */
export const dataConfiguration = JSON.stringify({ global: { scrape_interval: "15s", evaluation_interval: "30s" } })
