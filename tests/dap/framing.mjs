// The base protocol: `Content-Length: N`, an empty line, N bytes of JSON. Strict: whatever else stands on the wire is an error.

const END = Buffer.from('\r\n\r\n')

export function frame(message) {
  const body = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body])
}

/** Collects bytes however they are cut; `push` returns the messages that are complete, and throws at the first byte that is no message. */
export class FrameReader {
  #bytes = Buffer.alloc(0)

  push(chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    const messages = []
    for (;;) {
      const end = this.#bytes.indexOf(END)
      const header = this.#bytes.subarray(0, end < 0 ? this.#bytes.length : end).toString('latin1')
      if (end < 0) {
        if (!'Content-Length: '.startsWith(header.slice(0, 16)) || !/^\d*\r?\n?\r?$/.test(header.slice(16)) || header.length > 40) throw new Error(`not a header: ${show(this.#bytes)}`)
        return messages
      }
      const length = /^Content-Length: (\d+)$/.exec(header)
      if (!length) throw new Error(`not a header: ${show(this.#bytes)}`)
      const start = end + END.length
      if (this.#bytes.length < start + Number(length[1])) return messages
      const body = this.#bytes.subarray(start, start + Number(length[1]))
      messages.push(parse(body))
      this.#bytes = this.#bytes.subarray(start + body.length)
    }
  }

  /** What came after the last message. */
  get rest() { return this.#bytes }
}

function parse(body) {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (error) {
    throw new Error(`Content-Length does not frame JSON (${error.message}): ${show(body)}`)
  }
}

function show(bytes) {
  return JSON.stringify(bytes.subarray(0, 200).toString('utf8'))
}
