import * as z from "zod";
import { reasons, risks, type ReasonCode } from "./reason-table.ts";

export { reasons, type AllowReason, type DenyReason, type ReasonCode, type Risk } from "./reason-table.ts";

export const riskSchema = z.enum(risks);
export const reasonCodeSchema = z.enum(Object.keys(reasons) as [ReasonCode, ...ReasonCode[]]);
