import type { ITableCollection, Key } from 'react-stately'

type Node<Item> = ITableCollection<Item>['body']
type Column = { id: string; name: string; isRowHeader?: boolean }

const [HEAD, BODY] = ['head', 'body']

const makeNode = <Item>(type: string, key: Key, index: number, rest: Partial<Node<Item>> = {}): Node<Item> => ({
  type,
  key,
  index,
  value: null,
  level: 0,
  hasChildNodes: false,
  childNodes: [],
  rendered: null,
  textValue: '',
  props: {},
  ...rest,
})

/**
 * What React Aria asks of a table. Its own collection builds every cell that it was ever given, which takes longer than
 * a frame from some thousand rows on; here a row's cells are made when somebody looks at them.
 */
export class Rows<Item extends { id: string }> implements ITableCollection<Item> {
  readonly columns: Node<Item>[]
  readonly headerRows: Node<Item>[]
  readonly rowHeaderColumnKeys: Set<Key>
  readonly rows: Node<Item>[]
  readonly head: Node<Item>
  readonly body: Node<Item>
  private readonly nodes = new Map<Key, Node<Item>>()
  private readonly cells = new Map<Key, Node<Item>[]>()

  constructor(items: readonly Item[], columns: readonly Column[], nameOf: (item: Item) => string) {
    this.columns = columns.map(({ id, name }, place) =>
      makeNode('column', `column ${id}`, place, { parentKey: HEAD, textValue: name }),
    )
    this.head = makeNode('headerrow', HEAD, 0, { hasChildNodes: true, childNodes: this.columns })
    this.headerRows = [this.head]
    this.rowHeaderColumnKeys = new Set(columns.filter((one) => one.isRowHeader).map(({ id }) => `column ${id}`))
    this.rows = items.map((item, place) =>
      makeNode('item', item.id, place, {
        parentKey: BODY,
        value: item,
        hasChildNodes: true,
        textValue: nameOf(item),
      }),
    )
    this.body = makeNode('body', BODY, 0, { hasChildNodes: true, childNodes: this.rows })
    for (const node of [this.head, this.body, ...this.columns, ...this.rows]) this.nodes.set(node.key, node)
  }

  get size() {
    return this.rows.length
  }

  get columnCount() {
    return this.columns.length
  }

  [Symbol.iterator]() {
    return this.rows[Symbol.iterator]()
  }

  getKeys() {
    return this.nodes.keys()
  }

  getItem(key: Key): Node<Item> | null {
    const node = this.nodes.get(key)
    if (node) return node
    const [, place, row] = /^cell (\d+) (.*)$/s.exec(String(key)) ?? []
    return row === undefined ? null : (this.getChildren(row)[Number(place)] ?? null)
  }

  /** The row that something is in. */
  rowOf(key: Key): Node<Item> | null {
    const node = this.getItem(key)
    if (node?.type === 'item') return node
    return node?.type === 'cell' ? this.getItem(node.parentKey ?? '') : null
  }

  getChildren(key: Key): Node<Item>[] {
    if (key === HEAD) return this.columns
    if (key === BODY) return this.rows
    if (this.nodes.get(key)?.type !== 'item') return []
    const made = this.cells.get(key) ?? this.columns.map((column, place) => this.makeCell(key, column, place))
    this.cells.set(key, made)
    return made
  }

  getTextValue(key: Key) {
    return this.getItem(key)?.textValue ?? ''
  }

  getKeyBefore(key: Key) {
    return this.beside(key, -1)
  }

  getKeyAfter(key: Key) {
    return this.beside(key, 1)
  }

  getFirstKey() {
    return this.rows[0]?.key ?? null
  }

  getLastKey() {
    return this.rows.at(-1)?.key ?? null
  }

  at(place: number) {
    return this.rows[place] ?? null
  }

  private makeCell(row: Key, column: Node<Item>, place: number): Node<Item> {
    return makeNode('cell', `cell ${String(place)} ${String(row)}`, place, { parentKey: row, column })
  }

  private beside(key: Key, step: 1 | -1): Key | null {
    const node = this.getItem(key)
    return node?.parentKey == null ? null : (this.getChildren(node.parentKey)[node.index + step]?.key ?? null)
  }
}
