import sparticuz from "@sparticuz/chromium";

/** Unpacks the browser once, because two files that do it at the same time write over each other. */
export default async function setup(): Promise<void> {
  await sparticuz.executablePath();
}
