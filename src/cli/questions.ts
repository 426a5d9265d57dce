/** What is used of the library that asks. Named one by one, because of a library imported as a whole all is packed. */
export { confirm, isCancel, password, select, text } from "@clack/prompts";
