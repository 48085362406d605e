import { INSTALLATION, type Installation } from './installation'

/** Asks the API as an operator, as a partner's program would: worlds of journeys are made so. */
export class Operator {
  constructor(
    private readonly installation: Installation = INSTALLATION,
    private readonly token = installation.operatorKey,
  ) {}

  /** The same installation, asked by whoever has the token. */
  as(token: string): Operator {
    return new Operator(this.installation, token)
  }

  async ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const answer = await fetch(`${this.installation.url}/graphql`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${this.token}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': crypto.randomUUID(),
      },
      body: JSON.stringify({ query, variables }),
    })
    const told = (await answer.json()) as { data?: Data; errors?: unknown[] }
    if (!told.data || told.errors) throw new Error(`The API refused: ${JSON.stringify(told)}`)
    return told.data
  }

  /** A mutation with one field. Throws a UserError's message. */
  async change<Payload>(name: string, input: Record<string, unknown>, selection: string): Promise<Payload> {
    const type = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`
    const data = await this.ask<Record<string, { __typename: string; message?: string; problems?: unknown }>>(
      `mutation($input: ${type}Input!) { ${name}(input: $input) {
        __typename ... on ${type}Payload { ${selection} } ... on UserError { code message problems { path message } } } }`,
      { input },
    )
    const payload = data[name]
    if (!payload || payload.__typename === 'UserError') throw new Error(`${name}: ${JSON.stringify(payload)}`)
    return payload as Payload
  }
}
