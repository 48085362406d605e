import { useSyncExternalStore } from 'react'

let isLost = false
const listeners = new Set<() => void>()

/** Whether the server can be reached, as far as live updates tell. */
export function tellConnection(lost: boolean): void {
  isLost = lost
  for (const listen of listeners) listen()
}

function subscribe(listen: () => void) {
  listeners.add(listen)
  return () => {
    listeners.delete(listen)
  }
}

export const useIsConnectionLost = () => useSyncExternalStore(subscribe, () => isLost)
