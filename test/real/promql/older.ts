import { Engine } from "../../../packages/promql/src/engine/engine.ts"
import type { Random } from "../../../packages/promql/src/fuzz/random.ts"
import type { Loaded } from "../../../packages/promql/src/promqltest/index.ts"
import { changedSinceOlder } from "./allowed.ts"
import { dataEnd, randomData } from "./data.ts"
import { DebianPrometheus } from "./debian.ts"
import { ask, type Case, type Sides } from "./differential.ts"
import { QueryGenerator } from "./generate.ts"
import type { Judge, Question } from "./judge.ts"
import { difference } from "./same-answer.ts"
import { slightly, storageOf } from "./newer.ts"
import { olderVocabulary } from "./vocabulary.ts"

/** Of a day after 1970, as blocks want it. */
const begin = 1_700_000_000_000
/** No sample lies on the end of a range: of these, Prometheus 2 has both, 3 only the right one. */
const sampleShift = 123
/** And no step of a subquery, which are all at whole seconds: see `#subqueryDuration` of the generator. */
const queryShift = 500

/**
 * Random queries of the language that Prometheus 2.42 has in common with 3, asked of Debian's over HTTP and of ours. Where the
 * rules have changed since, ours must answer as the judge, Prometheus 3, does.
 */
export async function* againstOlder(
  judge: Judge,
  random: Random,
  count: number,
): AsyncGenerator<{ readonly found: Case; readonly sides: Sides }> {
  const data = randomData(random, olderVocabulary, sampleShift).map(({ labels, samples }): Loaded => ({
    labels,
    samples: samples.map(([time, value]) => [begin + time, value]),
  }))
  await judge.clear()
  await judge.load(data)
  const debian = await DebianPrometheus.start(data)
  try {
    const engine = new Engine(storageOf(data), { experimental: true })
    const ofOthers = new Engine(storageOf(data, slightly), { experimental: true })
    const sides: Sides = {
      ours: (question) => ask(engine, { ...question, query: asNewer(question.query) }),
      oursOfOthers: (question) => ask(ofOthers, { ...question, query: asNewer(question.query) }),
      real: (question) => debian.ask(question),
      // It has neither infos nor most of the warnings.
      compareTold: false,
      allowed: async (question, ours) => {
        const why = changedSinceOlder(question.query, ours)
        if (why === undefined) return undefined
        const newer = await judge.ask({ ...question, query: asNewer(question.query) })
        return difference(ours, newer, false) === undefined ? why : undefined
      },
    }
    const generator = new QueryGenerator(random, olderVocabulary)
    for (let index = 0; index < count; index += 1)
      yield { found: { term: generator.query(), asked: randomTimes(random) }, sides }
  } finally {
    await debian.stop()
  }
}

/** A query of Prometheus 2 as 3 says it. */
const asNewer = (query: string): string => query.replaceAll("holt_winters(", "double_exponential_smoothing(")

function randomTimes(random: Random): Omit<Question, "query"> {
  const start = begin + 5_000 * random.integer(dataEnd / 5_000) + queryShift
  if (random.chance(0.5)) return { start }
  const step = random.pick([15_000, 30_000, 60_000, 70_000])
  return { start, end: start + step * random.integer(8), step }
}
