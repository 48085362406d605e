import { useEffect } from 'react'

export function useWindowEvent(name: string, onEvent: () => void) {
  useEffect(() => {
    window.addEventListener(name, onEvent)
    return () => {
      window.removeEventListener(name, onEvent)
    }
  }, [name, onEvent])
}
