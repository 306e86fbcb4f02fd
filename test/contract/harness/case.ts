import type { Transcript } from "./transcript.ts"

/** A case's life on one target: what it does is written down in the transcript. */
export interface CaseSession {
  readonly transcript: Transcript
  /** Sets up what the case counts on. */
  begin(): Promise<void>
  /** Records the end of a case that could not go on. */
  fail(error: unknown): void
  /** Ends what is still open. */
  close(): Promise<void>
}

/** What is sent to a server, and by being sent, recorded. */
export interface Case<S> {
  /** Features of the target; without one of these the case is skipped. */
  readonly needs: readonly string[]
  readonly run: (session: S) => Promise<void>
}

/** Cases of one topic. A case's key names it and its golden file: lower case with dashes. */
export interface Suite<S> {
  readonly name: string
  readonly cases: Readonly<Record<string, Case<S>>>
}

export interface CaseId {
  readonly suite: string
  readonly name: string
}

export function suiteOf<S>(
  name: string,
  cases: Readonly<Record<string, Case<S>["run"]>>,
  needs: readonly string[] = [],
): Suite<S> {
  return { name, cases: Object.fromEntries(Object.entries(cases).map(([key, run]) => [key, { needs, run }])) }
}

/** All cases whose `suite/name` holds the text `filter`. */
export function select<S>(suites: readonly Suite<S>[], filter: string): CaseId[] {
  return suites.flatMap(({ name: suite, cases }) =>
    Object.keys(cases)
      .filter((name) => `${suite}/${name}`.includes(filter))
      .map((name) => ({ suite, name })),
  )
}
