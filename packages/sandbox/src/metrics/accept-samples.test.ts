import { expect, test } from "vitest"
import { acceptSamples, type AcceptedSeries } from "./accept-samples.ts"
import { parseConfig } from "./config.ts"
import { discover } from "./discovery/index.ts"
import { parseExposition, SeriesTexts } from "./exposition/index.ts"

const rules = {
  plain: {},
  honored: { honor_labels: true },
  relabelled: {
    metric_relabel_configs: [
      { source_labels: ["__name__"], regex: "dropped", action: "drop" },
      { source_labels: ["way"], target_label: "path" },
    ],
  },
  limited: { label_limit: 3 },
  few: { sample_limit: 2 },
}

const expositions = [
  'a{way="x"} 1\ndropped 1\nb{job="",instance="i"} 2\n',
  'a{way="x"} 2\nb{job="",instance="i"} 3\na{way="x"} 4\n',
  'a{way="x",more="y"} 5\na{way="x"} 6\ndropped 2\n',
  'a{way="x",more="y"} 7\na{way="x"} 8\ndropped 3\n',
]

test.each(Object.entries(rules))(
  "what is known of a target's series changes nothing of what is accepted (%s)",
  (_, rule) => {
    const job = { job_name: "j", static_configs: [{ targets: ["127.0.0.1:1"] }], ...rule }
    const [target] = discover(parseConfig(JSON.stringify({ scrape_configs: [job] }))).targets
    if (target === undefined) throw new Error("there is no target")
    const texts = new SeriesTexts()
    const known: AcceptedSeries = new WeakMap()
    const shown = ({ samples, ...counts }: ReturnType<typeof acceptSamples>) => ({
      ...counts,
      samples: samples.map(({ labels, value }) => [labels.toString(), value]),
    })
    for (const text of expositions) {
      const again = acceptSamples(parseExposition(text, false, texts).samples, target, known)
      expect(shown(again)).toEqual(shown(acceptSamples(parseExposition(text).samples, target)))
    }
  },
)
