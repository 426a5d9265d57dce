import { signedInSchema } from "../../../contract/people.ts";
import { route } from "../../operation.ts";
import { userAnswer } from "../../people/user-answer.ts";

export const meRoute = route(
  {
    method: "get",
    path: "/api/auth/me",
    id: "me",
    tag: "Signing in",
    summary: "Who am I",
    access: { kind: "person", capability: "read" },
    answers: { 200: { description: "You, with your workspace and roles.", schema: signedInSchema } },
  },
  ({ c, person }) => userAnswer(c, person.userId, person.accountId),
);
