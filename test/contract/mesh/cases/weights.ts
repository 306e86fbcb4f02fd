import { suite } from "../case.ts"

export const weights = suite("weights", {
  "exactly-0-and-100": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1", { weight: 100 }), s.to("v2", { weight: 0 })] }] }))
    await s.shares({ v1: 100, v2: 0 })
    await s.apply(s.rule({ http: [{ route: [s.to("v1", { weight: 0 }), s.to("v2", { weight: 100 })] }] }))
    await s.shares({ v1: 0, v2: 100 })
  },
  "thirty-seventy": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1", { weight: 30 }), s.to("v2", { weight: 70 })] }] }))
    await s.shares({ v1: 30, v2: 70 })
  },
  "of-a-request": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1")] }] }))
    await s.ask({ path: "/a/b?c=d", headers: { "x-user": "tester" } })
    await s.ask({ method: "POST", path: "/post", body: "content" })
  },
})
