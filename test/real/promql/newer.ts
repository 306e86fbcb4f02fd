import { Engine } from "../../../packages/promql/src/engine/engine.ts"
import { MemoryStorage } from "../../../packages/promql/src/storage/memory-storage.ts"
import type { Loaded } from "../../../packages/promql/src/promqltest/index.ts"
import { allowedOfNewer } from "./allowed.ts"
import { dataEnd, randomData } from "./data.ts"
import { ask, type Case, type Sides } from "./differential.ts"
import { QueryGenerator } from "./generate.ts"
import type { Judge, Question } from "./judge.ts"
import type { Storage } from "../../../packages/promql/src/storage/storage.ts"
import type { Random } from "../../../packages/promql/src/fuzz/random.ts"
import { newerVocabulary } from "./vocabulary.ts"

const dataSets = 10

/** Random queries of all the language over random data sets, one after the other: each is asked of ours and of Prometheus 3. */
export async function* againstNewer(
  judge: Judge,
  random: Random,
  count: number,
): AsyncGenerator<{ readonly found: Case; readonly sides: Sides }> {
  for (let set = 0; set < dataSets; set += 1) {
    const data = randomData(random, newerVocabulary, 0)
    await judge.clear()
    await judge.load(data)
    const engines = enginesOver(storageOf(data))
    const ofOthers = enginesOver(storageOf(data, slightly))
    const sides: Sides = {
      ours: (question) => ask(engines(question), question),
      oursOfOthers: (question) => ask(ofOthers(question), question),
      real: (question) => judge.ask(question),
      compareTold: true,
      allowed: ({ query }, ours, real) => Promise.resolve(allowedOfNewer(query, ours, real)),
    }
    const generator = new QueryGenerator(random, newerVocabulary)
    for (let index = 0; index < count / dataSets; index += 1)
      yield { found: { term: generator.query(), asked: randomTimes(random) }, sides }
  }
}

/** By whether names are removed at the end of a query. */
function enginesOver(storage: Storage): (question: Question) => Engine {
  const [atOnce, atTheEnd] = [false, true].map(
    (delayedNameRemoval) => new Engine(storage, { experimental: true, delayedNameRemoval }),
  )
  if (atOnce === undefined || atTheEnd === undefined) throw new RangeError("there are two engines")
  return ({ delayedNameRemoval = false }) => (delayedNameRemoval ? atTheEnd : atOnce)
}

/** A factor that changes the last digits only. */
export const slightly = 1 + 2 ** -40

/** A storage of these samples; floats by a factor, which keeps their order. */
export function storageOf(data: readonly Loaded[], factor = 1): MemoryStorage {
  const storage = new MemoryStorage()
  for (const { labels, samples } of data) {
    for (const [time, value] of samples)
      storage.append(labels, time, typeof value === "number" ? value * factor : value)
  }
  return storage
}

/** One time, or some steps. */
function randomTimes(random: Random): Omit<Question, "query"> {
  const delayedNameRemoval = random.chance(0.5)
  const start = 5_000 * random.integer(dataEnd / 5_000)
  if (random.chance(0.5)) return { start, delayedNameRemoval }
  const step = random.pick([15_000, 30_000, 60_000, 70_000])
  return { start, end: start + step * random.integer(8), step, delayedNameRemoval }
}
