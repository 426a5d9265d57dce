/** Thrown by `boundedText` for a body that is too large or is not UTF-8. */
export class UnreadableBody extends Error {}

/**
 * The text of a response's body, at most `maxBytes` of it. A body that is longer is cut off while it arrives:
 * whoever answers must not be able to fill the caller's memory.
 */
export async function boundedText(response: Response, maxBytes: number): Promise<string> {
  const tooLarge = new UnreadableBody(`The answer is larger than ${maxBytes} bytes.`);
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) {
    await response.body?.cancel();
    throw tooLarge;
  }
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      throw tooLarge;
    }
    text += decode(decoder, value);
  }
  return text + decode(decoder);
}

function decode(decoder: TextDecoder, bytes?: Uint8Array): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch {
    throw new UnreadableBody("The answer is not UTF-8.");
  }
}
