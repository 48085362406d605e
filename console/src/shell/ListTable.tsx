import type { PagesInSight } from '../graphql/pages'
import { DataTable, type DataTableProps } from '../ui/DataTable'
import { Unavailable } from './Unavailable'

type List<Item> = Pick<PagesInSight<Item>, 'key' | 'nodes' | 'totalCount' | 'isLoading' | 'error' | 'again'> &
  Partial<Pick<PagesInSight<Item>, 'more' | 'place'>>

type ListTableProps<Item extends { id: string }> = Pick<
  DataTableProps<Item>,
  'label' | 'columns' | 'empty' | 'choice' | 'onOpen' | 'height'
> & { list: List<Item> }

/** A list of the server's as a table: page by page, as it was left; or why it did not come. */
export function ListTable<Item extends { id: string }>({ list, ...rest }: ListTableProps<Item>) {
  return (
    <>
      {list.error && <Unavailable error={list.error} onRetry={list.again} />}
      {(!list.error || list.nodes.length > 0) && (
        <DataTable
          key={list.key}
          {...rest}
          items={list.nodes}
          count={list.totalCount}
          isLoading={list.isLoading}
          onLoadMore={list.more}
          place={list.place}
        />
      )}
    </>
  )
}
