import type { Deed, Story } from "./deeds.ts";

const ask = (deed: Partial<Extract<Deed, { do: "verify" }>> = {}): Deed => ({
  do: "verify",
  agent: 0,
  fate: "answered",
  intent: "deploy a",
  key: null,
  ...deed,
});
const disable: Deed = { do: "disable", agent: 0, fate: "answered" };
const approve: Deed = { do: "approve", agent: 0, fate: "answered", which: 0 };
const turns = (count: number, whose: number) => Array.from({ length: count }, () => whose);

/** Stories that once went wrong, or that chance comes by too seldom. */
export const knownStories: { name: string; story: Story }[] = [
  {
    name: "two bodies under one key at the same time open one request",
    story: [
      {
        deeds: [ask({ key: "k1" }), ask({ key: "k1", intent: "deploy b" })],
        order: [0, 0, ...turns(20, 1)],
      },
      {
        deeds: [ask({ key: "k2" }), ask({ key: "k2", intent: "deploy b" })],
        order: [0, 0, 0, ...turns(20, 1)],
      },
      {
        deeds: [ask({ key: "k3" }), ask({ key: "k3", intent: "read a" })],
        order: [0, 0, 0, 0, ...turns(20, 1)],
      },
    ],
  },
  {
    name: "a body under a key that another one has just taken spends no grant",
    story: [
      { deeds: [ask({ intent: "deploy b" })], order: [] },
      { deeds: [approve], order: [] },
      {
        deeds: [ask({ key: "k1" }), ask({ key: "k1", intent: "deploy b" })],
        order: [0, 0, 0, ...turns(20, 1)],
      },
      { deeds: [ask({ intent: "deploy b" })], order: [] },
    ],
  },
  {
    name: "two tries of one request around its approval get one answer",
    story: [
      { deeds: [ask()], order: [] },
      // The first has asked the gate, and is slow to record that it has to wait.
      { deeds: [ask({ key: "k1" }), approve, ask({ key: "k1" })], order: [...turns(4, 0), ...turns(20, 1)] },
      { deeds: [ask({ key: "k1" })], order: [] },
    ],
  },
  {
    name: "a try that spends the grant is told so, though another try was told to wait",
    story: [
      { deeds: [ask()], order: [] },
      // The first looks for an earlier answer, and finds none; the second gets one; then the approval.
      {
        deeds: [ask({ key: "k1" }), ask({ key: "k1" }), approve],
        order: [...turns(3, 0), ...turns(5, 1), ...turns(20, 1)],
      },
      { deeds: [ask({ key: "k1" }), ask()], order: [] },
    ],
  },
  {
    name: "a try that opens a request behind the back of an end is told what another try was told after it",
    story: [
      // The first has the facts from before the end, and asks the gate after the second was refused.
      {
        deeds: [ask({ key: "k1" }), disable, ask({ key: "k1" })],
        order: [0, 0, 0, ...turns(20, 1)],
      },
      { deeds: [ask()], order: [] },
    ],
  },
];
