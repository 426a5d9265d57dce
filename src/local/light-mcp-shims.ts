// What the MCP library takes from its runtime, for the package: the smaller of its two JSON Schema validators, which
// halves what the server adds to the download. The server itself checks nothing with it.

export { CfWorkerJsonSchemaValidator as DefaultJsonSchemaValidator } from "@modelcontextprotocol/server/validators/cf-worker";
export { default as process } from "node:process";
