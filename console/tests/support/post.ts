import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

type Letter = { to: string; text: string }

/** A mail server that takes everything (RFC 5321, as little as it takes) and keeps what it says in plain text. */
export class Post {
  private readonly letters: Letter[] = []

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Post> {
    const server = createServer()
    const post = new Post(server)
    server.on('connection', (socket) => {
      post.converse(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return post
  }

  get url(): string {
    return `smtp://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`
  }

  close() {
    this.server.close()
  }

  /** What matches in the newest letter to an address that has such a thing, as soon as it has come. */
  async find(address: string, wanted: RegExp): Promise<string> {
    for (let tries = 0; tries < 300; tries += 1) {
      const letter = this.letters.findLast(({ to, text }) => to === address && wanted.test(text))
      const found = letter && wanted.exec(letter.text)
      if (found) return found[0]
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error(`No such mail has come to ${address}.`)
  }

  private converse(socket: Socket) {
    let [said, to, isContent] = ['', '', false]
    socket.setEncoding('utf8').write('220 post\r\n')
    socket.on('error', () => socket.destroy())
    socket.on('data', (part: string) => {
      said += part
      for (;;) {
        const end = said.indexOf(isContent ? '\r\n.\r\n' : '\r\n')
        if (end < 0) return
        const line = said.slice(0, end)
        said = said.slice(end + (isContent ? 5 : 2))
        if (isContent) this.letters.push({ to, text: plainTextOf(line) })
        to = /^RCPT TO:<([^>]+)>/i.exec(line)?.[1] ?? to
        isContent = !isContent && /^DATA$/i.test(line)
        socket.write(isContent ? '354 go on\r\n' : /^QUIT$/i.test(line) ? '221 bye\r\n' : '250 OK\r\n')
      }
    })
  }
}

/** The part that is plain text, decoded. */
function plainTextOf(content: string): string {
  const part = content.split(/^--.*\r\n/m).find((one) => /^content-type: text\/plain/im.test(one)) ?? content
  const [head = '', ...body] = part.split('\r\n\r\n')
  const text = body.join('\r\n\r\n')
  if (/transfer-encoding: base64/i.test(head)) return Buffer.from(text, 'base64').toString()
  if (!/transfer-encoding: quoted-printable/i.test(head)) return text
  const bytes = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code: string) => `%${code}`)
  return bytes.replace(/(%[0-9A-F]{2})+/g, (codes) => decodeURIComponent(codes))
}
